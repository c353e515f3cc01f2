// Who may start: a job's runs side by side up to its limit; beyond it a run is skipped, or waits where the job says so.
import { numberIn, type Run } from './job.ts';
import { QUEUED_HOURS } from './refusals.ts';
import { startRun } from './run-course.ts';
import { type End, ending } from './run-ends.ts';
import { fieldsIn } from './task-work.ts';
import { type JobWorld, ms } from './world.ts';

/** A run that waits (all do, for a moment): started, skipped, or the same object while it has to wait on. */
export function admit(run: Run, world: JobWorld): Run {
  const { store, workspace } = world;
  const now = workspace.clock.now();
  // Changes of a job apply to the runs that are still to start.
  const limit = limitOf(run, world);
  const others = store.activeRuns().filter(({ jobId, id }) => jobId === run.jobId && id !== run.id);
  const running = others.filter(({ startedAt }) => startedAt !== undefined);
  const isFirst = others.every((other) => other.startedAt !== undefined || other.createdAt >= run.createdAt);
  if (running.length < limit && isFirst) return startRun(run, Math.max(run.createdAt, freeSince(run, world)));
  if (limit === 0 || fieldsIn(run.settings, 'queue').enabled !== true) return skipped(run, run.createdAt);
  const until = queuedUntil(run, world);
  return until <= now ? skipped(run, until) : run;
}

export function queuedUntil(run: Run, world: JobWorld): number {
  return run.createdAt + ms(QUEUED_HOURS * 3600, world);
}

/** The end that made room, if one did while this run waited. */
function freeSince({ jobId, createdAt }: Run, { store }: JobWorld): number {
  const ends = store.runs().flatMap((run) => (run.jobId === jobId && run.end ? run.end.at : []));
  return ends.filter((at) => at > createdAt).toSorted((a, b) => b - a)[0] ?? 0;
}

function limitOf(run: Run, { store }: JobWorld): number {
  if (run.kind === 'SUBMIT_RUN') return Number.POSITIVE_INFINITY;
  return numberIn(store.findJob(run.jobId)?.settings ?? run.settings, 'max_concurrent_runs', 1);
}

/** A run that never was has no tasks. */
function skipped(run: Run, at: number): Run {
  const message = 'Run was skipped because the maximum number of concurrent runs of its job is reached.';
  const end: End = { ...ending('MAX_CONCURRENT_RUNS_EXCEEDED', message), at };
  return { ...run, startedAt: at, end };
}
