// What every IncidentIndex answers about many incidents (D5), compared with counting the incidents one by one.
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Incident } from '../../../shared/domain/incidents/incident.ts';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import type { IncidentFilter, IncidentIndex } from '../../../shared/ports/incident-store.ts';
import { countFailuresByType, countFailuresPerHour } from '../../../shared/usecases/count-failures.ts';
import {
  askedClasses,
  askedStates,
  askedSubjects,
  countedByType,
  countedPerHour,
  histories,
  isOpen,
  NOW,
  newestOf,
} from '../../builders/counted-failures.ts';
import { anIncident } from '../../builders/incident.ts';

export interface Questioned {
  readonly index: IncidentIndex;
  /** The same index in another process. */
  readonly rival: IncidentIndex;
}

interface Runs {
  readonly numRuns: number;
}

const clock = { now: () => NOW };

export function incidentQuestionsContract(name: string, runs: Runs, make: () => Questioned): void {
  describe(`IncidentIndex, questions: ${name}`, () => {
    let index: IncidentIndex;
    let rival: IncidentIndex;
    beforeEach(() => {
      ({ index, rival } = make());
    });

    test('D5: nothing happened: no types, no average, and every hour with none', async () => {
      expect(await answers(index, 24)).toEqual(counted([], 24));
      const { value } = await countFailuresPerHour({ index, clock }, 24);
      expect([value.length, value[0]?.from, value.at(-1)?.to]).toEqual([
        25,
        '2026-11-19T08:30:00.000Z',
        '2026-11-20T08:30:20.500Z',
      ]);
    });

    test('D5: whatever was refreshed in whatever order, by two processes at once, every answer is what counting one by one gives', async () => {
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          ({ index, rival } = make());
          await Promise.all(history.map((incident, place) => (place % 2 === 0 ? index : rival).refresh(incident)));
          const incidents = newestOf(history);
          for (const hours of [1, 24, 168]) expect(await answers(rival, hours)).toEqual(counted(incidents, hours));
          await expectLists(rival, incidents);
          await index.recount();
          expect(await answers(rival, 24)).toEqual(counted(incidents, 24));
        }),
        runs,
      );
    }, 60_000);

    test('D5: a thing that fails, is repaired, reopened and found to be another failure is counted once, as what it is now', async () => {
      const opened = anIncident({ openedAt: '2026-11-20T08:00:10.000Z', lastEventSeq: 1 });
      const resolved = {
        ...opened,
        state: 'resolved' as const,
        resolvedAt: '2026-11-20T08:02:10.000Z',
        lastEventSeq: 2,
      };
      const reopened = { ...opened, failureClass: 'DatabricksQuotaExceeded' as const, lastEventSeq: 3 };
      for (const version of [opened, opened, resolved, resolved]) await index.refresh(version);
      const before = await countFailuresByType({ index, clock }, 1);
      expect(before).toMatchObject({ failures: 1, open: 0, resolved: 1, averageResolutionSeconds: 120 });
      for (const version of [reopened, resolved, opened]) await index.refresh(version);
      const after = await countFailuresByType({ index, clock }, 1);
      expect(after).toMatchObject({ failures: 1, open: 1, resolved: 0, averageResolutionSeconds: null });
      expect(after.value.map(({ errorType }) => errorType)).toEqual(['DatabricksQuotaExceeded']);
      expect(await idsOf(index, { state: 'resolved' })).toEqual([]);
    });

    test('D5: what is past its retention is found by its age, and once forgotten it is in no list and no count', async () => {
      const closed = (number: number, openedAt: string, closedAt: string) =>
        anIncident({ id: ticketId('20261120', number), openedAt, closedAt, state: 'closed', lastEventSeq: 3 });
      const old = closed(1, '2026-11-20T08:00:10.000Z', '2026-11-20T08:01:00.000Z');
      const young = closed(2, '2026-11-20T08:00:20.000Z', '2026-11-20T08:03:00.000Z');
      for (const incident of [old, young]) await index.refresh(incident);
      const found: string[] = [];
      for await (const { id } of index.closedBefore('2026-11-20T08:02:00.000Z')) found.push(id);
      expect(found).toEqual([old.id]);
      await Promise.all([index.forget(old), rival.forget(old)]);
      expect(await idsOf(index, { state: 'closed' })).toEqual([young.id]);
      expect(await idsOf(index, { component: 'cluster/test-cluster-123' })).toEqual([young.id]);
      expect(await countFailuresByType({ index, clock }, 1)).toMatchObject({ failures: 1 });
      await index.forget(young);
      const all = { from: '2026-11-20T00:00:00.000Z', to: '2026-11-20T09:00:00.000Z' };
      expect(await index.tallies(all.from, all.to)).toEqual([]);
    });

    test('A7: many incidents that open at once are all counted', async () => {
      const incidents = Array.from({ length: 40 }, (_, place) =>
        anIncident({ id: ticketId('20261120', place + 1), openedAt: '2026-11-20T08:10:00.000Z', lastEventSeq: 1 }),
      );
      await Promise.all(incidents.map((incident, place) => (place % 2 === 0 ? index : rival).refresh(incident)));
      expect(await countFailuresByType({ index, clock }, 1)).toMatchObject({ failures: 40, open: 40 });
      expect(await idsOf(index, { open: true })).toHaveLength(40);
    });
  });
}

async function answers(index: IncidentIndex, hours: number) {
  return [await countFailuresByType({ index, clock }, hours), await countFailuresPerHour({ index, clock }, hours)];
}

function counted(incidents: readonly Incident[], hours: number) {
  return [countedByType(incidents, hours), countedPerHour(incidents, hours)];
}

/** Every filter alone and every pair, against looking at each incident. */
async function expectLists(index: IncidentIndex, incidents: readonly Incident[]): Promise<void> {
  const whens: readonly IncidentFilter[] = [{}, { open: true }, ...askedStates.map((state) => ({ state }))];
  const whats: readonly IncidentFilter[] = [
    {},
    ...askedClasses.map((failureClass) => ({ failureClass })),
    { subject: askedSubjects[0] ?? '' },
    { component: 'cluster/test-cluster-123' },
    { openedBefore: new Date(NOW.getTime() - 3 * 60_000).toISOString() },
  ];
  for (const filter of whats.flatMap((what) => whens.map((when) => ({ ...what, ...when })))) {
    const wanted = incidents.filter((incident) => isWanted(incident, filter));
    expect(await idsOf(index, filter), JSON.stringify(filter)).toEqual(newestFirst(wanted));
  }
}

function isWanted({ state, failureClass, subject, openedAt }: Incident, filter: IncidentFilter): boolean {
  return (
    (filter.open === undefined || isOpen(state)) &&
    (filter.state === undefined || filter.state === state) &&
    (filter.failureClass === undefined || filter.failureClass === failureClass) &&
    (filter.subject === undefined || filter.subject === subject) &&
    (filter.component === undefined || /^cluster\/[\w-]+\/test-cluster-123\b/.test(subject)) &&
    (filter.openedBefore === undefined || Date.parse(openedAt) < Date.parse(filter.openedBefore))
  );
}

function newestFirst(incidents: readonly Incident[]): string[] {
  return incidents
    .toSorted((a, b) => Date.parse(b.openedAt) - Date.parse(a.openedAt) || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}

async function idsOf(index: IncidentIndex, filter: IncidentFilter): Promise<string[]> {
  const ids: string[] = [];
  let continuation: string | undefined;
  do {
    const page = await index.list(filter, 3, continuation);
    ids.push(...page.incidents.map(({ id }) => id));
    continuation = page.continuation;
  } while (continuation !== undefined);
  return ids;
}
