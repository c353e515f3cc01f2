// How many of a job's runs succeed (B2), counted run by run. What nobody calls a failure, e.g. what a person cancelled, does not count.
import { runVerdictOf } from '../classification/run-termination-codes.ts';
import { type CountedRun, MOST_RECENT } from './rate-sample.ts';
import type { RunSummary } from './run.ts';

export interface RunCount {
  readonly succeeded: number;
  readonly failed: number;
  readonly newestFailed?: RunSummary;
  /** Whenever it began: a long one may end after the failure of one that began later. */
  readonly lastToFail?: RunSummary;
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
  if (!run.end.succeeded && !isFailure(run)) return count;
  const { succeeded } = run.end;
  const recent = count.recent.length < MOST_RECENT ? [...count.recent, { runId: run.runId, succeeded }] : count.recent;
  if (succeeded) {
    const newestSucceeded = newer(count.newestSucceeded, run);
    return { ...count, recent, succeeded: count.succeeded + 1, newestSucceeded };
  }
  const newestFailed = newer(count.newestFailed, run);
  return { ...count, recent, failed: count.failed + 1, newestFailed, lastToFail: later(count.lastToFail, run) };
}

/** The last failure that no run which began later has made good. */
export function standingFailure({ lastToFail: failed, newestSucceeded: good }: RunCount): RunSummary | undefined {
  return failed && good && good.startedAt > failed.startedAt ? undefined : failed;
}

function isFailure({ end }: RunSummary): boolean {
  return end !== undefined && !end.succeeded && runVerdictOf(end.code)?.fault !== 'none';
}

export function rateOf({ succeeded, failed }: RunCount, { leastPercent, leastRuns }: RateRule): Rate {
  const runs = succeeded + failed;
  if (runs < leastRuns) return { is: 'too-few-runs' };
  const percent = Math.floor((100 * succeeded) / runs);
  return { is: percent < leastPercent ? 'low' : 'normal', percent, runs };
}

function later(known: RunSummary | undefined, run: RunSummary): RunSummary {
  return known && endOf(known) >= endOf(run) ? known : run;
}

function endOf({ end, startedAt }: RunSummary): string {
  return end?.at ?? startedAt;
}

function newer(known: RunSummary | undefined, run: RunSummary): RunSummary {
  return known && known.startedAt >= run.startedAt ? known : run;
}
