// A run of a job as the service tells it: its tasks with their attempts, how they ended, and how often it was repaired.

export interface RunEnd {
  /** Open: Databricks adds codes (facts/databricks.md 2.1). */
  readonly code: string;
  readonly message: string;
  readonly succeeded: boolean;
  /** ISO instant on the service's clock. */
  readonly at?: string;
}

/** One attempt at one task. */
export interface TaskAttempt {
  readonly runId: string;
  readonly task: string;
  readonly attempt: number;
  readonly startedAt?: string;
  /** Its work had begun, so it may have written something. */
  readonly hasBegun: boolean;
  readonly clusterId?: string;
  /** Absent while it is not over. */
  readonly end?: RunEnd;
}

export interface Repair {
  readonly id: string;
  readonly startedAt: string;
}

export interface RunSummary {
  readonly runId: string;
  readonly jobId: string;
  readonly name: string;
  /** Of a job; one that was submitted on its own cannot be repaired. */
  readonly ofJob: boolean;
  readonly startedAt: string;
  readonly end?: RunEnd;
}

export interface RunDetail extends RunSummary {
  readonly tasks: readonly TaskAttempt[];
  /** Oldest first, without the original run. */
  readonly repairs: readonly Repair[];
  /** What it was started with beside its job's settings: a repair or another run has to be given it again. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface JobTask {
  readonly task: string;
  /** How often Databricks itself tries it again; negative for ever. */
  readonly maxRetries: number;
}

export interface JobSettings {
  readonly jobId: string;
  readonly name: string;
  /** 0: nothing of it may run in this workspace. */
  readonly maxConcurrentRuns: number;
  readonly isContinuous: boolean;
  readonly tasks: readonly JobTask[];
}

/** Ends of a task that say nothing of their own: another one's failure kept it from running. */
const FOLLOWED: ReadonlySet<string> = new Set(['SKIPPED', 'DISABLED']);

/** The attempt that counts of each task: the newest. */
export function newestAttempts({ tasks }: Pick<RunDetail, 'tasks'>): TaskAttempt[] {
  const newest = new Map<string, TaskAttempt>();
  for (const attempt of tasks) {
    const known = newest.get(attempt.task);
    if (!known || isNewer(attempt, known)) newest.set(attempt.task, attempt);
  }
  return [...newest.values()];
}

function isNewer(one: TaskAttempt, other: TaskAttempt): boolean {
  const [begun, known] = [one.startedAt ?? '~', other.startedAt ?? '~'];
  return begun === known ? one.attempt >= other.attempt : begun > known;
}

/** The tasks that failed by themselves, and that Databricks is not trying again. */
export function failedTasks(run: RunDetail): TaskAttempt[] {
  return newestAttempts(run).filter(isFailure);
}

function isFailure({ end }: TaskAttempt): boolean {
  return end !== undefined && !end.succeeded && !FOLLOWED.has(end.code);
}

/** Nothing of it ever ran. */
export function wasSkipped({ tasks }: Pick<RunDetail, 'tasks'>): boolean {
  return tasks.length === 0;
}

/** The newest instant that the run itself tells: what is not newer was there before. */
export function newestTimeOf({ startedAt, end, repairs, tasks }: RunDetail): string {
  const times = [
    startedAt,
    end?.at,
    ...repairs.map((repair) => repair.startedAt),
    ...tasks.map((task) => task.end?.at),
  ];
  return times.reduce<string>((newest, time) => (time !== undefined && time > newest ? time : newest), startedAt);
}
