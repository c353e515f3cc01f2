import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBreak } from '../../../../cli/verify-timeline.ts';
import {
  chain,
  chainStart,
  type TimelineEntry,
  type TimelineEvent,
  verifyChain,
} from '../../../../shared/domain/incidents/timeline.ts';

const AT = '2026-11-20T14:00:00.000Z';
const entry = fc.record({
  type: fc.constantFrom('acted', 'observed', 'signal-joined'),
  actor: fc.constantFrom('lakewarden', 'sender'),
  text: fc.string(),
  data: fc.dictionary(fc.string(), fc.jsonValue()),
});

function timelineOf(id: string, entries: readonly TimelineEntry[]): TimelineEvent[] {
  return chain(chainStart(id), AT, entries);
}

function exported(id: string, timeline: readonly TimelineEvent[]) {
  const head = timeline.at(-1) ?? chainStart(id);
  const asJson: unknown = JSON.parse(
    JSON.stringify({ id, timeline, lastEventSeq: head.seq, lastEventHash: head.hash }),
  );
  return asJson as Parameters<typeof findBreak>[0];
}

describe('the timeline', () => {
  it('D2: any chain of events verifies, in the app and by the offline command, also after a round trip through JSON', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const timeline = timelineOf('RCA-20261120-001', entries);
        expect(verifyChain('RCA-20261120-001', timeline).intact).toBe(true);
        expect(findBreak(exported('RCA-20261120-001', timeline))).toBeUndefined();
      }),
    );
  });

  it('D2: a changed, missing, moved or foreign event breaks the chain for both', () => {
    const id = 'RCA-20261120-001';
    const timeline = timelineOf(
      id,
      [1, 2, 3, 4].map((n) => ({ type: 'acted', actor: 'lakewarden', text: `event ${n}` })),
    );
    const second = timeline[1];
    if (!second) throw new Error('no second event');
    const tampered: Record<string, TimelineEvent[]> = {
      changed: timeline.with(1, { ...second, text: 'nothing happened' }),
      'time changed': timeline.with(1, { ...second, at: '2026-11-20T13:00:00.000Z' }),
      missing: timeline.toSpliced(1, 1),
      moved: timeline.toSorted((a, b) => b.seq - a.seq),
    };
    for (const [what, events] of Object.entries(tampered)) {
      expect(verifyChain(id, events).intact, what).toBe(false);
      expect(findBreak(exported(id, events)), what).toBeDefined();
    }
    expect(verifyChain('RCA-20261120-002', timeline).intact).toBe(false);
  });

  it('D2: events cut off at the end are noticed offline, because the incident names its newest event', () => {
    const id = 'RCA-20261120-001';
    const timeline = timelineOf(
      id,
      [1, 2, 3].map((n) => ({ type: 'acted', actor: 'lakewarden', text: `event ${n}` })),
    );
    const whole = exported(id, timeline);
    expect(findBreak({ ...whole, timeline: whole.timeline.slice(0, 2) })).toBe('events after 2 are missing');
  });

  it('D2: a chain goes on from a head as if it had been written at once', () => {
    const entries = [1, 2, 3].map((n) => ({ type: 'acted', actor: 'lakewarden', text: `event ${n}` }));
    const atOnce = timelineOf('RCA-20261120-001', entries);
    const first = timelineOf('RCA-20261120-001', entries.slice(0, 1));
    const head = first[0];
    expect(head && [...first, ...chain(head, AT, entries.slice(1))]).toEqual(atOnce);
  });
});
