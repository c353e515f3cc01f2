// Jobs from outside: those that stand in a workspace from the start, with the runs they had, and what a test orders of their next.
import { z } from 'zod';
import type { Job, Run, TaskOrder } from './job.ts';
import { checkSettings, settingsOf } from './job-settings.ts';
import { newId } from './job-store.ts';
import { RUN_SECONDS } from './refusals.ts';
import { startRun } from './run-course.ts';
import { END_CODES, type EndCode, ending, isEndCode } from './run-ends.ts';

export interface JobSeed {
  readonly job_id: number;
  readonly created_time?: number;
  readonly creator_user_name?: string;
  /** As jobs/create takes them. */
  readonly settings: Record<string, unknown>;
  readonly past?: readonly PastRun[];
}

export interface PastRun {
  readonly startedAt: number;
  readonly seconds: number;
  /** SUCCESS where it is missing. */
  readonly code?: EndCode;
}

/** How long into its start a cluster lives that is ordered to die in it. [guess] */
const DIES_AFTER_SECONDS = 60;

const seconds = z.number().nonnegative();
const endCode = z.string().transform((code, context) => {
  if (isEndCode(code)) return code;
  context.addIssue(`no termination code of a run: it is one of ${END_CODES.join(', ')}`);
  return z.NEVER;
});
const orderSchema = z.strictObject({
  task: z.string().optional(),
  times: z.int().positive().default(1),
  seconds: seconds.optional(),
  backlog: z.boolean().optional(),
  fail: z
    .strictObject({
      code: endCode.default('RUN_EXECUTION_ERROR'),
      type: z.string().optional(),
      message: z.string().optional(),
      error: z.string().optional(),
      trace: z.string().optional(),
      afterSeconds: seconds.optional(),
    })
    .optional(),
  cluster: z
    .strictObject({
      code: z.string(),
      type: z.string().optional(),
      parameters: z.record(z.string(), z.string()).optional(),
      during: z.enum(['start', 'run']).default('run'),
      afterSeconds: seconds.optional(),
    })
    .optional(),
});

/** The orders for the next attempts of a job's tasks, first come first served. */
export function readOrders(input: unknown): TaskOrder[] {
  const parsed = z.array(orderSchema).safeParse(input);
  if (!parsed.success) throw new Error(`no such order: ${z.prettifyError(parsed.error)}`);
  return parsed.data.map(({ cluster, ...order }) => {
    if (!cluster) return order;
    const afterSeconds = cluster.during === 'start' ? DIES_AFTER_SECONDS : RUN_SECONDS.work / 2;
    return { ...order, cluster: { ...cluster, afterSeconds: cluster.afterSeconds ?? afterSeconds } };
  });
}

export function seedJob(seed: JobSeed, creator: string, now: number): { job: Job; runs: Run[] } {
  const { job_id: id, created_time: createdAt = now, creator_user_name: owner = creator, past = [] } = seed;
  const settings = checkSettings(settingsOf(seed.settings));
  const job = { id, creator: owner, createdAt, settings, orders: [] };
  return { job, runs: past.map((run) => pastRun(run, job)) };
}

/** A run of that time whose tasks all ended alike, on no cluster that is still known. */
function pastRun({ startedAt, seconds: lasting, code = 'SUCCESS' }: PastRun, job: Job): Run {
  const { settings, creator } = job;
  const fresh: Run = {
    id: newId(),
    jobId: job.id,
    kind: 'JOB_RUN',
    trigger: settings.schedule === undefined ? 'ONE_TIME' : 'PERIODIC',
    name: String(settings.name),
    creator,
    settings,
    parameters: {},
    createdAt: startedAt,
    tasks: [],
    history: [],
    announced: [],
  };
  const run = startRun(fresh, startedAt);
  const at = startedAt + lasting * 1000;
  const end = { ...ending(code), at };
  const tasks = run.tasks.map((task) => {
    const stage = { name: 'TERMINATED' as const, at, end, output: {} };
    return { ...task, startedAt, runningAt: startedAt + RUN_SECONDS.setup * 1000, stage };
  });
  const whole = code === 'SUCCESS' ? end : { ...ending('RUN_EXECUTION_ERROR'), at };
  // Who was to be told has been.
  const announced = ['on_start/1', 'on_success/1', 'on_failure/1'];
  return { ...run, tasks, end: whole, announced, history: run.history.map((first) => ({ ...first, end: whole })) };
}
