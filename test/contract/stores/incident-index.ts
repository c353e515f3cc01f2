// What every IncidentIndex must do, by the words of its port.
import { beforeEach, describe, expect, test } from 'vitest';
import { InvalidInput } from '../../../shared/domain/errors.ts';
import type { Incident } from '../../../shared/domain/incidents/incident.ts';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import type { IncidentFilter, IncidentIndex, LiveIncident } from '../../../shared/ports/incident-store.ts';
import { anIncident } from '../../builders/incident.ts';

export function incidentIndexContract(name: string, make: () => IncidentIndex | Promise<IncidentIndex>): void {
  describe(`IncidentIndex: ${name}`, () => {
    let index: IncidentIndex;
    beforeEach(async () => {
      index = await make();
    });

    test('D5: an empty list is a page without a next one', async () => {
      expect(await index.list({}, 10)).toEqual({ incidents: [] });
      expect(await liveOf(index)).toEqual([]);
    });

    test('D5: the list is newest first, whatever the order of writing; a page ends where asked, the last one says so', async () => {
      await refreshAll(index, [3, 1, 5, 2, 4].map(opened));
      const first = await index.list({}, 2);
      const second = await index.list({}, 2, first.continuation);
      const third = await index.list({}, 2, second.continuation);
      expect([first, second, third].map(idsOf)).toEqual([[id(5), id(4)], [id(3), id(2)], [id(1)]]);
      expect(third.continuation).toBeUndefined();
      const whole = await index.list({}, 5);
      expect(whole.continuation).toBeUndefined();
    });

    test('D5: a continuation stays good while newer incidents open', async () => {
      await refreshAll(index, [1, 2, 3].map(opened));
      const first = await index.list({}, 2);
      await index.refresh(opened(4));
      expect(idsOf(await index.list({}, 2, first.continuation))).toEqual([id(1)]);
    });

    test('D5: filters by state, class and subject, alone and together, over pages', async () => {
      const odd = "cluster/o'hara/it''s \"x\" or true";
      const incidents = [1, 2, 3, 4, 5, 6].map((number) => ({
        ...opened(number),
        ...(number % 2 === 0 && { state: 'escalated' as const }),
        ...(number > 3 && { failureClass: 'DatabricksClusterTerminated' as const }),
        ...(number === 6 && { subject: odd }),
      }));
      await refreshAll(index, incidents);
      expect(await all(index, { state: 'escalated' })).toEqual([6, 4, 2].map(id));
      expect(await all(index, { failureClass: 'DatabricksClusterTerminated' })).toEqual([6, 5, 4].map(id));
      expect(await all(index, { state: 'open', failureClass: 'DatabricksClusterTerminated' })).toEqual([id(5)]);
      expect(await all(index, { subject: odd })).toEqual([id(6)]);
      expect(await all(index, { failureClass: "x' or state eq 'open" })).toEqual([]);
    });

    test('D5: a row shows what the incident says', async () => {
      const times = { resolvedAt: '2026-11-20T09:00:00.000Z', closedAt: '2026-11-21T09:00:00.000Z' };
      const incident = anIncident({ ...times, state: 'closed', signalCount: 7, lastEventSeq: 4 });
      await index.refresh(incident);
      const { state, failureClass, code, severity, subject, title, openedAt, signalCount } = incident;
      const row = {
        id: incident.id,
        state,
        failureClass,
        code,
        severity,
        subject,
        title,
        openedAt,
        signalCount,
        ...times,
      };
      expect((await index.list({}, 1)).incidents).toEqual([row]);
    });

    test('D5: what is no continuation of this list is refused as input', async () => {
      await refreshAll(index, [1, 2].map(opened));
      const { continuation = '' } = await index.list({}, 1);
      for (const wrong of ['', 'x', `${continuation}x`, "' or true", Buffer.from('{}').toString('base64url')]) {
        await expect(index.list({}, 1, wrong)).rejects.toBeInstanceOf(InvalidInput);
      }
    });

    test('A7: counts those that wait for the budget of a workspace, until their turn is over in whichever way', async () => {
      const turnAt = (minute: number) => `2026-11-20T09:0${minute}:00.000Z`;
      const waiting = (number: number, workspace = 'w'): Incident => ({
        ...opened(number),
        nextDueAt: turnAt(number),
        budgetTurn: { workspace, at: turnAt(number) },
      });
      expect(await index.waitingForBudget('w')).toEqual({ waiting: 0, isMore: false, lastTurnAt: undefined });
      await refreshAll(index, [waiting(1), waiting(2), waiting(3), waiting(4), waiting(5, 'another')]);
      expect(await index.waitingForBudget('w')).toEqual({ waiting: 4, isMore: false, lastTurnAt: turnAt(4) });
      expect((await index.list({}, 1)).incidents[0]?.budgetTurn).toEqual({ workspace: 'another', at: turnAt(5) });
      const later = { at: turnAt(6), workspace: 'w' };
      await index.refresh({ ...waiting(1), nextDueAt: later.at, budgetTurn: later, lastEventSeq: 7 });
      await index.refresh({ ...waiting(4), nextDueAt: turnAt(9), lastEventSeq: 7 });
      const { nextDueAt: _paused, ...paused } = waiting(3);
      await index.refresh({ ...paused, lastEventSeq: 7 });
      expect(await index.waitingForBudget('w')).toEqual({ waiting: 2, isMore: false, lastTurnAt: turnAt(6) });
    });

    test('D3: a late refresh never puts an older version over a newer one', async () => {
      await index.refresh(anIncident({ lastEventSeq: 5, state: 'remediating', nextDueAt: '2026-11-20T08:05:00.000Z' }));
      await index.refresh(anIncident({ lastEventSeq: 3, state: 'open' }));
      expect((await index.list({}, 1)).incidents[0]?.state).toBe('remediating');
      expect(await liveOf(index)).toEqual([{ id: anIncident().id, dueAt: '2026-11-20T08:05:00.000Z' }]);
    });

    test('D3: refreshes of all versions at once end with the newest', async () => {
      const versions = Array.from({ length: 10 }, (_, place) =>
        anIncident({ lastEventSeq: place + 1, signalCount: place + 1 }),
      );
      await Promise.all(versions.toReversed().map((version) => index.refresh(version)));
      await Promise.all(versions.map((version) => index.refresh(version)));
      expect((await index.list({}, 1)).incidents[0]?.signalCount).toBe(10);
    });

    test('D2: a closed incident is not live any more, however late an older refresh comes', async () => {
      await refreshAll(index, [1, 2].map(opened));
      await index.refresh({ ...opened(1), state: 'closed', lastEventSeq: 9 });
      await index.refresh({ ...opened(1), state: 'resolved', lastEventSeq: 8 });
      expect(await liveOf(index)).toEqual([{ id: id(2), dueAt: null }]);
    });

    test('D2: closing and older refreshes at once never leave a closed incident live', async () => {
      const versions = [1, 2, 3, 4].map((lastEventSeq) => anIncident({ lastEventSeq }));
      const closed = anIncident({ lastEventSeq: 5, state: 'closed' });
      await Promise.all([...versions, closed, ...versions].map((version) => index.refresh(version)));
      expect(await liveOf(index)).toEqual([]);
      expect((await index.list({}, 1)).incidents[0]?.state).toBe('closed');
    });

    test('D2: the same version again mends what a crash between the two rows left undone', async () => {
      const resolved = anIncident({ lastEventSeq: 2, state: 'resolved', closesAt: '2026-11-21T08:00:00.000Z' });
      await index.refresh(resolved);
      await index.refresh(resolved);
      expect(await liveOf(index)).toEqual([{ id: resolved.id, dueAt: '2026-11-21T08:00:00.000Z' }]);
    });
  });
}

function id(number: number) {
  return ticketId('20261120', number);
}

/** Opened `number` seconds after the first. */
function opened(number: number): Incident {
  const openedAt = new Date(Date.parse('2026-11-20T08:00:00.000Z') + number * 1_000).toISOString();
  return anIncident({ id: id(number), openedAt, lastEventSeq: 1 });
}

async function refreshAll(index: IncidentIndex, incidents: readonly Incident[]): Promise<void> {
  await Promise.all(incidents.map((incident) => index.refresh(incident)));
}

function idsOf(page: { readonly incidents: readonly { readonly id: string }[] }): string[] {
  return page.incidents.map((incident) => incident.id);
}

async function all(index: IncidentIndex, filter: IncidentFilter, pageSize = 2): Promise<string[]> {
  const ids: string[] = [];
  let continuation: string | undefined;
  do {
    const page = await index.list(filter, pageSize, continuation);
    ids.push(...idsOf(page));
    continuation = page.continuation;
  } while (continuation !== undefined);
  return ids;
}

async function liveOf(index: IncidentIndex): Promise<LiveIncident[]> {
  const live: LiveIncident[] = [];
  for await (const each of index.live()) live.push(each);
  return live;
}
