// What is asked about many failures at once (D5), answered from tallies: by error type, and per hour.
import * as z from 'zod';
import type { FailureClass } from '../classification/failure-classes.ts';
import { type MinuteTally, minuteMs, type Tally } from '../incidents/tally.ts';

const HOUR_MS = 3_600_000;
/** A week: at one tally a minute, what such a question may read. */
const MOST_HOURS = 168;
const CLUSTER = 'cluster';

export const failureQuestionSchema = z.strictObject({
  hours: z.coerce.number().int().min(1).max(MOST_HOURS).default(24),
});

/** ISO instants. An incident is in it by when it opened. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export interface FailureCount {
  readonly failures: number;
  readonly open: number;
  readonly resolved: number;
  /** From opened to resolved; null while none is resolved. */
  readonly averageResolutionSeconds: number | null;
}

export interface FailuresByType extends Span, FailureCount {
  /** Those whose subject is a cluster, whatever their type. */
  readonly clusterFailures: FailureCount;
  /** The most frequent first. */
  readonly value: readonly (FailureCount & { readonly errorType: FailureClass })[];
}

export interface HourCount extends Span {
  readonly failures: number;
  readonly clusterFailures: number;
}

export interface FailureRate extends Span {
  /** UTC hours, oldest first; the first and the last one are cut off by the span. */
  readonly value: readonly HourCount[];
}

/** The last hours, from the beginning of a minute on. */
export function spanOf(now: Date, hours: number): Span {
  return { from: iso(minuteMs(now.getTime() - hours * HOUR_MS)), to: now.toISOString() };
}

export function failuresByType(span: Span, minutes: readonly MinuteTally[]): FailuresByType {
  const tallies = minutes.flatMap((minute) => minute.tallies);
  const byType = Map.groupBy(tallies, ({ failureClass }) => failureClass);
  const value = [...byType].map(([errorType, own]) => ({ errorType, ...countOf(own) }));
  return {
    ...span,
    ...countOf(tallies),
    clusterFailures: countOf(tallies.filter(isOfCluster)),
    value: value.toSorted((a, b) => b.failures - a.failures || (a.errorType < b.errorType ? -1 : 1)),
  };
}

export function failureRate(span: Span, minutes: readonly MinuteTally[]): FailureRate {
  const byHour = Map.groupBy(minutes, ({ minute }) => hourMs(Date.parse(minute)));
  const [from, to] = [Date.parse(span.from), Date.parse(span.to)];
  const value: HourCount[] = [];
  for (let hour = hourMs(from); hour <= to; hour += HOUR_MS) {
    const tallies = (byHour.get(hour) ?? []).flatMap((minute) => minute.tallies);
    const { failures } = countOf(tallies);
    const ends = { from: iso(Math.max(hour, from)), to: iso(Math.min(hour + HOUR_MS, to)) };
    value.push({ ...ends, failures, clusterFailures: countOf(tallies.filter(isOfCluster)).failures });
  }
  return { ...span, value };
}

function countOf(tallies: readonly Tally[]): FailureCount {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  const resolved = sum((tally) => tally.resolved);
  const seconds = sum((tally) => tally.resolutionSeconds);
  return {
    failures: sum((tally) => tally.failures),
    open: sum((tally) => tally.open),
    resolved,
    averageResolutionSeconds: resolved === 0 ? null : Math.round(seconds / resolved),
  };
}

function isOfCluster({ kind }: Tally): boolean {
  return kind === CLUSTER;
}

function hourMs(instantMs: number): number {
  return Math.floor(instantMs / HOUR_MS) * HOUR_MS;
}

function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
