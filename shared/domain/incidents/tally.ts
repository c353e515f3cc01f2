// Counts of incidents that add up: what the questions about many incidents are answered from, without reading the incidents.
// Rule kept here: the count of an incident depends on nothing but what its list row shows, so that it can be taken back.
import type { FailureClass } from '../classification/failure-classes.ts';
import { type Incident, takesJoins } from './incident.ts';
import { kindOf } from './subject.ts';
import { resolveSecondsOf } from './times.ts';

export interface Tally {
  /** What failed, by the first word of the subject: `cluster`, `lakewarden`, ... */
  readonly kind: string;
  readonly failureClass: FailureClass;
  readonly failures: number;
  /** Neither resolved nor closed. */
  readonly open: number;
  readonly resolved: number;
  /** Of those that were resolved, all together. */
  readonly resolutionSeconds: number;
}

export type Countable = Pick<Incident, 'subject' | 'failureClass' | 'state' | 'openedAt' | 'resolvedAt'>;

export function tallyOf(incident: Countable): Tally {
  const seconds = resolveSecondsOf(incident);
  return {
    kind: kindOf(incident.subject),
    failureClass: incident.failureClass,
    failures: 1,
    open: takesJoins(incident.state) ? 1 : 0,
    resolved: seconds === null ? 0 : 1,
    resolutionSeconds: seconds ?? 0,
  };
}

export function takenBack(tally: Tally): Tally {
  const { failures, open, resolved, resolutionSeconds } = tally;
  return {
    ...tally,
    failures: 0 - failures,
    open: 0 - open,
    resolved: 0 - resolved,
    resolutionSeconds: 0 - resolutionSeconds,
  };
}

/** One tally for each kind and class, in their order; those that come to nothing are left out. */
export function addedUp(tallies: Iterable<Tally>): readonly Tally[] {
  const sums = new Map<string, Tally>();
  for (const tally of tallies) {
    const key = `${tally.kind}|${tally.failureClass}`;
    const sum = sums.get(key);
    sums.set(key, sum ? added(sum, tally) : tally);
  }
  return [...sums]
    .filter(([, sum]) => !isNothing(sum))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, sum]) => sum);
}

function added(a: Tally, b: Tally): Tally {
  return {
    kind: a.kind,
    failureClass: a.failureClass,
    failures: a.failures + b.failures,
    open: a.open + b.open,
    resolved: a.resolved + b.resolved,
    resolutionSeconds: a.resolutionSeconds + b.resolutionSeconds,
  };
}

function isNothing({ failures, open, resolved, resolutionSeconds }: Tally): boolean {
  return failures === 0 && open === 0 && resolved === 0 && resolutionSeconds === 0;
}

/** The incidents that opened within one UTC minute. */
export interface MinuteTally {
  /** ISO instant at which it begins. */
  readonly minute: string;
  readonly tallies: readonly Tally[];
}

const MINUTE_MS = 60_000;

/** Beginning of the UTC minute of an instant, in milliseconds. */
export function minuteMs(instantMs: number): number {
  return Math.floor(instantMs / MINUTE_MS) * MINUTE_MS;
}
