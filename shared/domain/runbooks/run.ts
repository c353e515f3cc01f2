// A run: one execution of a runbook. Its records live in its incident's partition and carry only what their state needs.
import type { FailureClass } from '../classification/failure-classes.ts';
import type { SettingsChange } from './settings-change.ts';

export type RunState =
  /** A person has to approve it before it acts (E8). */
  | { readonly name: 'waiting-approval'; readonly because: string; readonly since: string }
  | { readonly name: 'running' }
  /** `turn`: when its turn comes in the budget of its workspace, where that is what holds it. */
  | { readonly name: 'held'; readonly because: string; readonly since: string; readonly turn?: string }
  | { readonly name: 'paused'; readonly because: string; readonly advice: string; readonly since: string }
  /** Ended by a person; what was done is being undone. */
  | { readonly name: 'aborting'; readonly because: string; readonly since: string }
  | { readonly name: 'aborted'; readonly because: string; readonly at: string }
  | { readonly name: 'succeeded'; readonly at: string }
  | { readonly name: 'failed'; readonly because: string; readonly advice: string; readonly at: string };

/** What a person decided about a run. An approval holds until it expires. */
export interface Approval {
  readonly decision: 'approved' | 'rejected';
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  readonly expiresAt: string;
}

export interface Run {
  readonly schemaVersion: 1;
  readonly number: number;
  readonly runbook: string;
  readonly runbookVersion: number;
  /** The resource acted on; one active run each. Session of the `runs` queue. */
  readonly resource: string;
  readonly workspace: string;
  readonly state: RunState;
  /** Counts commits; a message that carries an older one has been handled. */
  readonly revision: number;
  /** Position of the current step, from 1. */
  readonly position: number;
  /** Tries in a row that ended with another system unavailable: drives the backoff. */
  readonly unavailableInARow: number;
  readonly approval?: Approval;
  readonly startedAt: string;
  readonly deadlineAt: string;
  /** When its next message is due; none once it has ended. */
  readonly dueAt?: string;
}

export type StepState = 'pending' | 'verifying' | 'succeeded' | 'failed' | 'skipped' | 'undone';

export interface StepRecord {
  readonly schemaVersion: 1;
  readonly run: number;
  readonly position: number;
  /** Stable id of the step, e.g. `restart-cluster`. */
  readonly id: string;
  readonly title: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly maxAttempts: number;
  readonly state: StepState;
  /** How often it was set going, by us or by somebody else: what bounds its tries. */
  readonly attempts: number;
  /** Number of its newest attempt when a person ordered a retry: those up to it no longer count. */
  readonly attemptsBefore?: number;
  /** How many of those after it were not sent because their turn had passed: they do not count either. */
  readonly attemptsNotSent?: number;
  /** Service-side time before which nothing counts as an effect of ours. */
  readonly actedSince?: string;
  readonly verifyUntil?: string;
  /** What verify remembers from slice to slice. */
  readonly notes: Readonly<Record<string, unknown>>;
  readonly because?: string;
}

/** The intent to act, written before acting (invariant 3). */
export interface Attempt {
  readonly schemaVersion: 1;
  readonly run: number;
  readonly position: number;
  readonly number: number;
  readonly owner: string;
  /** Whoever meets it before this instant waits. */
  readonly until: string;
  /** Newest service-side time seen before acting; evidence has to be newer. */
  readonly seen: string | null;
  /** What it was to set, and what stood there before: written down before acting, so that it can be undone whatever comes. */
  readonly change?: SettingsChange;
  /** Absent while nobody knows. `refused` by the state, `unacceptable` in any. `overruled`: nobody ever knew, and a person said to do it again. */
  readonly outcome?: 'acted' | 'did-not-happen' | 'refused' | 'unacceptable' | 'overruled';
}

/** The runbook of a playbook, as a run names it. */
export function runbookOf(failureClass: FailureClass): string {
  return `playbook/${failureClass}`;
}

/** Whether it certainly did nothing. */
export function didNothing({ outcome }: Attempt): boolean {
  return outcome === 'did-not-happen' || outcome === 'refused' || outcome === 'unacceptable';
}

/** Remedies that could not even be tried, e.g. on the clusters of jobs, say nothing against trying them elsewhere. */
export function hasTried(
  { steps, attempts }: { readonly steps: readonly StepRecord[]; readonly attempts: readonly Attempt[] },
  { number }: Run,
): boolean {
  return attempts.some(({ run }) => run === number) || steps.some((step) => step.run === number && step.attempts > 0);
}

export function hasEnded(run: Run): boolean {
  return run.state.name === 'succeeded' || run.state.name === 'failed' || run.state.name === 'aborted';
}

/** Whether it finds out by itself what has become of its component. One that waits for a person does not. */
export function goesByItself({ state }: Run): boolean {
  return state.name === 'running' || state.name === 'held' || state.name === 'aborting';
}

/** Its turn in the budget of its workspace, if it waits for that. */
export function turnOf({ state }: Run): string | undefined {
  return state.name === 'held' ? state.turn : undefined;
}
