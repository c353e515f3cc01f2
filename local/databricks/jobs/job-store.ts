// The jobs and runs of one workspace. A run is found by its id or by that of one of its attempts, and forgotten 60 days after its end.
import { randomInt } from 'node:crypto';
import type { KeptMap } from '../../durable/kept-map.ts';
import type { Clock } from '../../simulator/clock.ts';
import { invalid } from '../errors.ts';
import { isActive, type Job, type Run } from './job.ts';
import { RUN_DAYS } from './refusals.ts';

export interface JobStore {
  findJob(id: number): Job | undefined;
  /** Refuses in the API's words if there is none. */
  job(id: unknown): Job;
  jobs(): Job[];
  putJob(job: Job): Job;
  removeJob(id: number): void;
  /** Whether there is or ever was one of that id. */
  isKnown(id: number): boolean;
  findRun(id: number): Run | undefined;
  run(id: unknown): Run;
  runs(): Run[];
  /** Those that are not over, as they were made. */
  activeRuns(): Run[];
  putRun(run: Run): Run;
  removeRun(run: Run): void;
  withToken(token: string): Run | undefined;
}

const JOBS = 'job/';
const RUNS = 'run/';
const DAY_MS = 24 * 3600 * 1000;

export function createJobStore(clock: Clock, kept: KeptMap): JobStore {
  const jobs = new Map<number, Job>();
  const removed = new Set<number>();
  const runs = new Map<number, Run>();
  const active = new Set<number>();
  /** Of every attempt, the run it belongs to. */
  const owners = new Map<number, number>();
  const tokens = new Map<string, number>();

  const remember = (run: Run) => {
    runs.set(run.id, run);
    for (const task of run.tasks) owners.set(task.id, run.id);
    if (run.token !== undefined) tokens.set(run.token, run.id);
    if (isActive(run)) active.add(run.id);
    else active.delete(run.id);
  };
  const isRemembered = (run: Run) => !run.end || clock.now() - run.end.at < RUN_DAYS * DAY_MS;
  function findRun(id: number): Run | undefined {
    const run = runs.get(owners.get(id) ?? id);
    return run && isRemembered(run) ? run : undefined;
  }

  for (const [id, value] of kept.under(JOBS)) {
    if (isJob(value)) jobs.set(value.id, value);
    else removed.add(Number(id));
  }
  for (const [, value] of kept.under(RUNS)) if (isRun(value)) remember(value);
  return {
    findJob: (id) => jobs.get(id),
    job(id) {
      const job = jobs.get(Number(id));
      if (!job) throw invalid(`Job ${id} does not exist.`);
      return job;
    },
    jobs: () => [...jobs.values()],
    putJob(job) {
      jobs.set(job.id, job);
      kept.set(JOBS + job.id, job);
      return job;
    },
    removeJob(id) {
      // Remembered as gone: a start must not seed it anew.
      jobs.delete(id);
      removed.add(id);
      kept.set(JOBS + id, null);
    },
    isKnown: (id) => jobs.has(id) || removed.has(id),
    findRun,
    run(id) {
      const run = findRun(Number(id));
      if (!run) throw invalid(`Run ${id} does not exist.`);
      return run;
    },
    runs: () => [...runs.values()].filter(isRemembered),
    activeRuns: () => [...active].flatMap((id) => runs.get(id) ?? []),
    putRun(run) {
      if (runs.get(run.id) !== run) kept.set(RUNS + run.id, run);
      remember(run);
      return run;
    },
    removeRun(run) {
      runs.delete(run.id);
      active.delete(run.id);
      kept.delete(RUNS + run.id);
    },
    withToken(token) {
      const id = tokens.get(token);
      return id === undefined ? undefined : (runs.get(id) ?? refuseDeleted(id));
    },
  };
}

/** 15 digits, as real ones have; all below 2^53. */
export function newId(): number {
  return 100_000_000_000_000 + randomInt(2 ** 47);
}

/** [doc] "If a run with the provided token is deleted, an error is returned." */
function refuseDeleted(id: number): never {
  throw invalid(`Run ${id} with the given idempotency token was deleted.`);
}

function isJob(value: unknown): value is Job {
  return typeof value === 'object' && value !== null && 'id' in value && 'settings' in value && 'orders' in value;
}

function isRun(value: unknown): value is Run {
  return typeof value === 'object' && value !== null && 'id' in value && 'tasks' in value && 'history' in value;
}
