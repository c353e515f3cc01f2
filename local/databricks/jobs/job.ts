// Jobs and their runs as the simulated workspace knows them. Values only; what changes them is in run-course.ts and task-course.ts.
import type { TerminationReason } from '../cluster.ts';
import type { End, EndCode } from './run-ends.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** What the next attempts of a task are to meet with, ordered by a test; the notebook decides where nothing is ordered. */
export interface TaskOrder {
  /** Any task of the job where it is missing. */
  readonly task?: string | undefined;
  /** For so many attempts, retries and repairs among them. */
  readonly times: number;
  /** How long the work takes. */
  readonly seconds?: number | undefined;
  readonly fail?: TaskFailure | undefined;
  readonly cluster?: ClusterDeath | undefined;
  /** The streaming backlog stands above its threshold while the task runs. */
  readonly backlog?: boolean | undefined;
}

export interface TaskFailure {
  readonly code: EndCode;
  readonly type?: string | undefined;
  readonly message?: string | undefined;
  /** What `get-output` tells: the exception and where it was raised. */
  readonly error?: string | undefined;
  readonly trace?: string | undefined;
  readonly afterSeconds?: number | undefined;
}

/** The cluster under the task really ends so: while it starts (only one that must start for the task), or under the work. */
export interface ClusterDeath extends TerminationReason {
  readonly during: 'start' | 'run';
  readonly afterSeconds: number;
}

export interface Job {
  readonly id: number;
  readonly creator: string;
  readonly createdAt: number;
  /** In the API's spelling. */
  readonly settings: Fields;
  readonly orders: readonly TaskOrder[];
}

export interface Output {
  /** The value given to `dbutils.notebook.exit`. */
  readonly exit?: string | undefined;
  readonly error?: string | undefined;
  readonly trace?: string | undefined;
}

export type Stage =
  | { readonly name: 'BLOCKED' }
  | { readonly name: 'WAITING_FOR_RETRY'; readonly until: number }
  | { readonly name: 'PENDING'; readonly since: number }
  | { readonly name: 'RUNNING'; readonly since: number; readonly until: number; readonly planned: Planned }
  | { readonly name: 'TERMINATING'; readonly until: number; readonly end: End; readonly output: Output }
  | { readonly name: 'TERMINATED'; readonly at: number; readonly end: End; readonly output: Output };

/** What will come of the work if nothing interrupts it. */
export interface Planned {
  readonly end: Omit<End, 'at'>;
  readonly output: Output;
}

/** One attempt at one task. */
export interface TaskRun {
  readonly id: number;
  readonly key: string;
  readonly attempt: number;
  /** The attempt that this one repeats; its own where it is the first. */
  readonly originalId: number;
  /** The task as its job had it when the attempt was made. */
  readonly settings: Fields;
  readonly startedAt?: number | undefined;
  readonly runningAt?: number | undefined;
  readonly clusterId?: string | undefined;
  readonly sparkContextId?: number | undefined;
  readonly order?: TaskOrder | undefined;
  readonly cancel?: { readonly at: number; readonly because: 'user' | 'timeout' } | undefined;
  readonly stage: Stage;
}

export interface Repair {
  readonly id: number;
  readonly startedAt: number;
  readonly taskRunIds: readonly number[];
  readonly end?: End | undefined;
}

export interface Run {
  readonly id: number;
  readonly jobId: number;
  readonly kind: 'JOB_RUN' | 'SUBMIT_RUN';
  readonly trigger: 'ONE_TIME' | 'PERIODIC';
  readonly name: string;
  readonly creator: string;
  readonly token?: string | undefined;
  /** The job's settings of the moment, or those of a one-time run. */
  readonly settings: Fields;
  readonly parameters: Fields;
  /** The task keys asked for; all where it is missing. */
  readonly only?: readonly string[] | undefined;
  readonly createdAt: number;
  /** Missing while it waits in the queue. */
  readonly startedAt?: number | undefined;
  readonly tasks: readonly TaskRun[];
  /** The first entry is the original run. */
  readonly history: readonly Repair[];
  readonly end?: End | undefined;
  /** Notices that have been given, so that each is given once. */
  readonly announced: readonly string[];
}

export function tasksOf(settings: Fields): Fields[] {
  return Array.isArray(settings.tasks) ? settings.tasks : [];
}

/** The attempt that counts of each task: its last. */
export function latestAttempts(run: Run): TaskRun[] {
  return [...new Map(run.tasks.map((task) => [task.key, task])).values()];
}

export function isOver(task: TaskRun): boolean {
  return task.stage.name === 'TERMINATED';
}

/** How a task ended, if it has. */
export function endOf(task: TaskRun): End | undefined {
  return task.stage.name === 'TERMINATED' ? task.stage.end : undefined;
}

export function isActive(run: Run): boolean {
  return run.end === undefined;
}

export function numberIn(fields: Fields, name: string, otherwise = 0): number {
  const value = fields[name];
  return typeof value === 'number' ? value : otherwise;
}
