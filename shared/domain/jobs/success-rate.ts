// How many of a job's runs succeed (B2), counted run by run. What nobody calls a failure, e.g. what a person cancelled, does not count.
import { runVerdictOf } from '../classification/run-termination-codes.ts';
import { type CountedRun, MOST_RECENT } from './rate-sample.ts';
import type { RunSummary } from './run.ts';

export interface RunCount {
  readonly succeeded: number;
  readonly failed: number;
  /** The newest run that is over. */
  readonly newest?: RunSummary;
  readonly newestFailed?: RunSummary;
  readonly newestSucceeded?: RunSummary;
  /** The first that were counted: the newest, where they are counted newest first. */
  readonly recent: readonly CountedRun[];
}

export interface RateRule {
  /** Below this share of successes, in percent, it is a finding. */
  readonly leastPercent: number;
  /** Fewer runs say nothing. */
  readonly leastRuns: number;
}

export type Rate =
  | { readonly is: 'too-few-runs' }
  | { readonly is: 'normal' | 'low'; readonly percent: number; readonly runs: number };

export const noRuns: RunCount = { succeeded: 0, failed: 0, recent: [] };

/** A run of which nobody says why it ended, or whose end was nobody's fault, leaves the count as it is. */
export function counted(count: RunCount, run: RunSummary): RunCount {
  if (!run.end) return count;
  const newest = newer(count.newest, run);
  if (!run.end.succeeded && !isFailure(run)) return { ...count, newest };
  const { succeeded } = run.end;
  const recent = count.recent.length < MOST_RECENT ? [...count.recent, { runId: run.runId, succeeded }] : count.recent;
  if (succeeded) {
    const newestSucceeded = newer(count.newestSucceeded, run);
    return { ...count, newest, recent, succeeded: count.succeeded + 1, newestSucceeded };
  }
  return { ...count, newest, recent, failed: count.failed + 1, newestFailed: newer(count.newestFailed, run) };
}

export function isFailure({ end }: RunSummary): boolean {
  return end !== undefined && !end.succeeded && runVerdictOf(end.code)?.fault !== 'none';
}

export function rateOf({ succeeded, failed }: RunCount, { leastPercent, leastRuns }: RateRule): Rate {
  const runs = succeeded + failed;
  if (runs < leastRuns) return { is: 'too-few-runs' };
  const percent = Math.floor((100 * succeeded) / runs);
  return { is: percent < leastPercent ? 'low' : 'normal', percent, runs };
}

function newer(known: RunSummary | undefined, run: RunSummary): RunSummary {
  return known && known.startedAt >= run.startedAt ? known : run;
}
