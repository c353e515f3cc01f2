// What the questions about failures have to answer, counted one by one from the incidents themselves, and histories to count.
import fc from 'fast-check';
import type { FailureClass } from '../../shared/domain/classification/failure-classes.ts';
import type { Incident, IncidentState } from '../../shared/domain/incidents/incident.ts';
import { ticketId } from '../../shared/domain/incidents/ticket-id.ts';
import { anIncident } from './incident.ts';

export const NOW = new Date('2026-11-20T08:30:20.500Z');
const HOUR_MS = 3_600_000;

const classes = ['DatabricksDriverNotResponding', 'DatabricksQuotaExceeded', 'LakewardenDeadLetter'] as const;
const subjects = [
  'cluster/databricks-dev/test-cluster-123',
  'cluster/databricks-dev/test-cluster-123/split/RCA-20261119-001',
  'cluster/databricks-dr/test-cluster-123',
  'cluster/databricks-dev/test-cluster-456',
  'warehouse/databricks-dev/f24fd0345a24b381',
  'lakewarden/signals',
] as const;
const states = ['open', 'remediating', 'escalated', 'suppressed', 'resolved', 'closed'] as const;

const version = fc.record({
  state: fc.constantFrom(...states),
  failureClass: fc.constantFrom(...classes),
  secondsToResolve: fc.integer({ min: 0, max: 90_000 }),
  signalCount: fc.integer({ min: 1, max: 9 }),
});

/** The versions of one incident, oldest first. It opened within the 30 hours before now, often within the same minutes as others. */
const life = fc.record({
  minutesAgo: fc.oneof(fc.constantFrom(3, 59, 24 * 60), fc.integer({ min: 0, max: 30 * 60 })),
  milliseconds: fc.integer({ min: 0, max: 20_000 }),
  subject: fc.constantFrom(...subjects),
  versions: fc.array(version, { minLength: 1, maxLength: 4 }),
});

/** Versions of several incidents in the order in which they are refreshed: any, some of them twice. */
export const histories = fc
  .array(life, { minLength: 1, maxLength: 8 })
  .map((lives) => lives.flatMap((each, number) => versionsOf(each, number + 1)))
  .chain((all) =>
    fc
      .tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.shuffledSubarray(all))
      .map(([once, again]) => [...once, ...again]),
  );

type Life = typeof life extends fc.Arbitrary<infer Value> ? Value : never;

function versionsOf({ minutesAgo, milliseconds, subject, versions }: Life, number: number): Incident[] {
  const opened = NOW.getTime() - minutesAgo * 60_000 - milliseconds;
  return versions.map(({ secondsToResolve, ...shown }, place) => {
    const isOver = shown.state === 'resolved' || shown.state === 'closed';
    return anIncident({
      ...shown,
      id: ticketId('20261120', number),
      subject,
      openedAt: iso(opened),
      lastEventSeq: place + 1,
      ...(isOver && { resolvedAt: iso(opened + secondsToResolve * 1_000) }),
    });
  });
}

/** The last version of each. */
export function newestOf(history: readonly Incident[]): readonly Incident[] {
  const newest = new Map<string, Incident>();
  for (const incident of history) {
    const known = newest.get(incident.id);
    if (!known || incident.lastEventSeq >= known.lastEventSeq) newest.set(incident.id, incident);
  }
  return [...newest.values()];
}

export function countedByType(incidents: readonly Incident[], hours: number) {
  const inside = openedWithin(incidents, hours);
  const types = [...new Set(inside.map(({ failureClass }) => failureClass))];
  const value = types.map((errorType) => ({ errorType, ...counts(inside, (each) => each.failureClass === errorType) }));
  return {
    from: iso(startOf(hours)),
    to: NOW.toISOString(),
    ...counts(inside, () => true),
    clusterFailures: counts(inside, isOfCluster),
    value: value.toSorted((a, b) => b.failures - a.failures || a.errorType.localeCompare(b.errorType)),
  };
}

export function countedPerHour(incidents: readonly Incident[], hours: number) {
  const inside = openedWithin(incidents, hours);
  const [start, end] = [startOf(hours), NOW.getTime()];
  const begins = Array.from(
    { length: hours + 1 },
    (_, place) => Math.floor(start / HOUR_MS) * HOUR_MS + place * HOUR_MS,
  );
  const value = begins.map((begin) => {
    const own = inside.filter(({ openedAt }) => Math.floor(Date.parse(openedAt) / HOUR_MS) * HOUR_MS === begin);
    const span = { from: iso(Math.max(begin, start)), to: iso(Math.min(begin + HOUR_MS, end)) };
    return { ...span, failures: own.length, clusterFailures: own.filter(isOfCluster).length };
  });
  return { from: iso(start), to: iso(end), value };
}

export function isOpen(state: IncidentState): boolean {
  return state !== 'resolved' && state !== 'closed';
}

function openedWithin(incidents: readonly Incident[], hours: number): readonly Incident[] {
  return incidents.filter(({ openedAt }) => {
    return Date.parse(openedAt) >= startOf(hours) && Date.parse(openedAt) <= NOW.getTime();
  });
}

/** From the beginning of the minute on. */
function startOf(hours: number): number {
  const start = new Date(NOW.getTime() - hours * HOUR_MS);
  return start.setUTCSeconds(0, 0);
}

function counts(incidents: readonly Incident[], isMeant: (incident: Incident) => boolean) {
  const meant = incidents.filter(isMeant);
  const seconds = meant.flatMap(({ openedAt, resolvedAt }) =>
    resolvedAt === undefined ? [] : [(Date.parse(resolvedAt) - Date.parse(openedAt)) / 1_000],
  );
  const sum = seconds.reduce((total, each) => total + each, 0);
  return {
    failures: meant.length,
    open: meant.filter(({ state }) => isOpen(state)).length,
    resolved: seconds.length,
    averageResolutionSeconds: seconds.length === 0 ? null : Math.round(sum / seconds.length),
  };
}

function isOfCluster({ subject }: { readonly subject: string }): boolean {
  return subject.startsWith('cluster/');
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export const askedClasses: readonly FailureClass[] = classes;
export const askedStates: readonly IncidentState[] = states;
export const askedSubjects: readonly string[] = subjects;
