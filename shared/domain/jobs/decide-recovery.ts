// E9: is a failed run repaired, run again, or left to a person? From the job's settings, its own retries, and what may have been written.
import type { FailureClass } from '../classification/failure-classes.ts';
import { failedTasks, type JobSettings, type RunDetail, type TaskAttempt, wasSkipped } from './run.ts';

export type RecoveryDecision =
  | { readonly decision: 'repair' | 'rerun' | 'leave'; readonly because: string }
  /** Only if none of these tables was written to since. */
  | {
      readonly decision: 'check';
      readonly how: 'repair' | 'rerun';
      readonly tables: readonly string[];
      readonly since: string;
    };

/** What the estate says of the job. */
export interface RerunPolicy {
  readonly rerun: 'safe' | 'check' | 'never';
  readonly writes: readonly string[];
}

export interface RecoveryFacts {
  readonly run: RunDetail;
  /** undefined: the job is no longer there. */
  readonly settings: JobSettings | undefined;
  readonly policy: RerunPolicy;
  readonly failureClass: FailureClass;
}

type Rule = (facts: RecoveryFacts) => RecoveryDecision | undefined;

/** The first that speaks decides. */
const rules: readonly Rule[] = [
  ({ settings }) => (settings ? undefined : leave('the job no longer exists')),
  ({ run }) => (run.ofJob ? undefined : leave('the run belongs to no job, and such a run cannot be repaired')),
  ({ settings }) => (settings?.isContinuous ? leave('Databricks itself starts a continuous job again') : undefined),
  ({ settings }) =>
    settings?.maxConcurrentRuns === 0
      ? leave('the job may not run in this workspace (max_concurrent_runs is 0)')
      : undefined,
  withoutRetries,
  (facts) =>
    begunOf(facts.run).length === 0 ? go(facts, 'nothing that would run again had begun its work') : undefined,
  (facts) =>
    facts.policy.rerun === 'safe' ? go(facts, 'the estate says that running it twice does no harm') : undefined,
  ({ policy }) => (policy.rerun === 'never' ? leave('the estate says that only a person runs it again') : undefined),
  ({ policy }) =>
    policy.writes.length === 0
      ? leave(
          'its work had begun, and the estate does not say which tables it writes: nobody can tell what it has written',
        )
      : undefined,
];

export function decideRecovery(facts: RecoveryFacts): RecoveryDecision {
  for (const rule of rules) {
    const decision = rule(facts);
    if (decision) return decision;
  }
  const begun = begunOf(facts.run).map(({ startedAt }) => startedAt ?? facts.run.startedAt);
  const since = begun.sort()[0] ?? facts.run.startedAt;
  return { decision: 'check', how: howOf(facts), tables: facts.policy.writes, since };
}

/** What fails by what it does may be tried again only if whoever made the job lets Databricks try again, too. */
function withoutRetries({ run, settings, failureClass }: RecoveryFacts): RecoveryDecision | undefined {
  if (failureClass !== 'DatabricksJobFailed') return undefined;
  const failed = failedTasks(run).map(({ task }) => task);
  const stubborn = failed.find((task) => !settings?.tasks.some((one) => one.task === task && one.maxRetries !== 0));
  return stubborn === undefined ? undefined : leave(`the job itself lets task ${stubborn} not be tried again`);
}

/** Every attempt of what would run again that had begun its work. */
function begunOf(run: RunDetail): TaskAttempt[] {
  const again = new Set(failedTasks(run).map(({ task }) => task));
  return run.tasks.filter(({ task, hasBegun }) => hasBegun && again.has(task));
}

function go(facts: RecoveryFacts, because: string): RecoveryDecision {
  return { decision: howOf(facts), because };
}

/** A repair keeps what has succeeded; of a run that was skipped there is nothing to repair. */
function howOf({ run }: Pick<RecoveryFacts, 'run'>): 'repair' | 'rerun' {
  return wasSkipped(run) ? 'rerun' : 'repair';
}

function leave(because: string): RecoveryDecision {
  return { decision: 'leave', because };
}
