// The checks of the killing rounds themselves: each has to notice what it is for, or a round that passes proves nothing.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { wrongAtAnyTime, wrongAtRest, wrongGuards } from '../builders/aftermath.ts';
import type { KeptIncident, KeptState } from '../builders/kept-state.ts';

const ID = 'RCA-20261120-001';
const SUBJECT = 'cluster/databricks-dev/a';

/** docs/reference/timeline.md: JSON without white space, members sorted, SHA-256. */
function sha256(value: Record<string, unknown>): string {
  const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

function kept(incident: Partial<KeptIncident['incident']> = {}, more: Partial<KeptIncident> = {}): KeptIncident {
  const id = incident.id ?? ID;
  const previousHash = sha256({ incidentId: id });
  const event = { seq: 1, at: 'now', type: 'opened', actor: 'lakewarden', text: 'opened', data: null, previousHash };
  const hash = sha256(event);
  const times = { openedAt: '2026-11-20T08:00:00.000Z', resolvedAt: '2026-11-20T08:05:00.000Z' };
  return {
    incident: {
      ...{ id, state: 'resolved', subject: SUBJECT, signalCount: 1, ...times },
      ...{ lastEventSeq: 1, lastEventHash: hash, ...incident },
    },
    runs: [{ number: 1, state: { name: 'succeeded' } }],
    attempts: [{ number: 1, outcome: 'acted' }],
    timeline: [{ ...event, data: null, hash }],
    signals: ['sig-1'],
    outbox: [],
    ...more,
  };
}

function state(incidents: readonly KeptIncident[]): KeptState {
  return { incidents, live: new Map(incidents.map(({ incident: { id } }) => [id, 'soon'])), guards: [] };
}

const later = { id: 'RCA-20261120-002', openedAt: '2026-11-20T08:06:00.000Z', resolvedAt: '2026-11-20T08:09:00.000Z' };

describe('what a killing round looks at', () => {
  it('D3: finds nothing wrong with two failures of a subject, one after the other', () => {
    const second = kept({ ...later, previousIncidentId: ID });
    expect(wrongAtRest(state([kept(), second]))).toEqual([]);
  });

  it.each<[string, readonly KeptIncident[], string]>([
    ['a broken chain', [kept({ lastEventHash: 'other' })], 'events after 1 are missing'],
    ['a lost report', [kept({ signalCount: 2 })], 'counts 2 reports and holds 1'],
    ['an incident left open', [kept({ state: 'open' })], `${ID} is open`],
    [
      'a run left running',
      [kept({}, { runs: [{ number: 1, state: { name: 'running' }, dueAt: 'soon' }] })],
      'is running',
    ],
    ['an attempt of which nobody knows', [kept({}, { attempts: [{ number: 1 }] })], 'what became of attempt 1'],
    ['a message that was not handed over', [kept({}, { outbox: ['a|outbox|msg-1'] })], 'never handed over'],
    ['a second incident that knows nothing of the first', [kept(), kept(later)], 'does not follow'],
    [
      'two at once',
      [kept({ resolvedAt: '2026-11-20T08:07:00.000Z' }), kept({ ...later, previousIncidentId: ID })],
      'does not follow',
    ],
  ])('D3: notices %s', (_, incidents, words) => {
    expect(wrongAtRest(state(incidents)).join()).toContain(words);
  });

  it('D3: notices an incident that nobody watches', () => {
    expect(wrongAtRest({ ...state([kept()]), live: new Map() }).join()).toContain('nobody watches it');
  });

  it('D3: notices, while everything moves, two open incidents of a subject and a run without a due time', () => {
    const open = { subject: SUBJECT, state: 'open' };
    const incidents = [
      { id: ID, ...open },
      { id: later.id, ...open },
    ];
    const runs = [{ name: `${ID} run 1`, state: 'running', dueAt: undefined }];
    expect(wrongAtAnyTime({ incidents, runs: [] })).toHaveLength(1);
    expect(wrongAtAnyTime({ incidents: incidents.slice(1), runs })).toHaveLength(1);
    expect(wrongAtAnyTime({ incidents: incidents.slice(1), runs: [] })).toEqual([]);
  });

  it('D3: notices a guard that is older than two minutes, and one of no age', () => {
    const now = Date.parse('2026-11-20T08:03:00.000Z');
    const guards = ['2026-11-20T08:00:59.000Z', 'undefined', '2026-11-20T08:01:01.000Z'];
    expect(
      wrongGuards(
        guards.map((since) => ({ key: `${ID}|${since}`, since })),
        now,
      ),
    ).toHaveLength(2);
  });
});
