// What makes jobs happen: lets every run live through what is due, admits those that wait, fires schedules, gives notices, and wakes
// by itself when the next thing is due. It looks after every call too, since calls change clusters under running tasks.
import type { Job, Run } from './job.ts';
import { newId } from './job-store.ts';
import { dueNotices } from './notices.ts';
import { admit } from './queue.ts';
import { stepRun } from './run-course.ts';
import { runDueAt } from './run-due.ts';
import { nextFire } from './schedule.ts';
import type { Webhooks } from './webhooks.ts';
import type { JobWorld } from './world.ts';

export interface JobEngine {
  /** Lets everything happen that is due by now. */
  settle(): void;
  /** A run of the job, as run-now and its schedule make it. */
  launch(job: Job, asked?: Partial<Pick<Run, 'kind' | 'token' | 'parameters' | 'only' | 'trigger'>>): Run;
  stop(): void;
}

/** Timers of Node end at 24.8 days. */
const LONGEST_SLEEP_MS = 24 * 3600 * 1000;

export function createJobEngine(world: JobWorld, webhooks: Webhooks): JobEngine {
  const { store, workspace } = world;
  const { clock, kept } = workspace;
  /** Per job when it fires next, under which schedule. Nothing fires twice, and what was missed while nobody lived is not made up. */
  const fires = new Map<number, { schedule: unknown; at: number | undefined }>();
  let cancelTimer = () => {};
  let isStopped = false;

  function settle(): void {
    if (isStopped) return;
    // Read before the step: what falls due while it looks around is still to come.
    let looked = clock.now();
    for (; step(); looked = clock.now());
    cancelTimer();
    // What is past and did not happen waits for something else.
    const at = Math.min(looked + LONGEST_SLEEP_MS, ...[...dueTimes(looked)].filter((due) => due > looked));
    cancelTimer = clock.schedule(at, () => {
      settle();
      kept.flush();
    });
  }

  /** Whether anything happened. */
  function step(): boolean {
    const fired = store.jobs().filter(fire).length > 0;
    const moved = store.activeRuns().filter(move).length > 0;
    return fired || moved;
  }

  function move(before: Run): boolean {
    const stepped = before.startedAt === undefined ? admit(before, world) : stepRun(before, world);
    const due = dueNotices(stepped, world);
    if (stepped === before && due.length === 0) return false;
    store.putRun({ ...stepped, announced: [...stepped.announced, ...due.map(({ key }) => key)] });
    for (const notice of due) webhooks.give(notice, stepped);
    return true;
  }

  function fire(job: Job): boolean {
    const planned = fires.get(job.id);
    const { schedule } = job.settings;
    if (!planned || planned.schedule !== schedule) {
      fires.set(job.id, { schedule, at: nextFire(schedule, clock.now()) });
      return false;
    }
    if (planned.at === undefined || planned.at > clock.now()) return false;
    fires.set(job.id, { schedule, at: nextFire(schedule, planned.at) });
    launch(job, { trigger: 'PERIODIC' }, planned.at);
    return true;
  }

  function launch(job: Job, asked: Parameters<JobEngine['launch']>[1] = {}, at = clock.now()): Run {
    return store.putRun({
      id: newId(),
      jobId: job.id,
      kind: 'JOB_RUN',
      trigger: 'ONE_TIME',
      name: String(job.settings.name ?? 'Untitled'),
      creator: job.creator,
      settings: job.settings,
      parameters: {},
      createdAt: at,
      tasks: [],
      history: [],
      announced: [],
      ...asked,
    });
  }

  function* dueTimes(after: number): Generator<number> {
    for (const { id } of store.jobs()) yield fires.get(id)?.at ?? Number.POSITIVE_INFINITY;
    for (const run of store.activeRuns()) yield* runDueAt(run, world, after);
  }

  return {
    settle,
    launch,
    stop() {
      isStopped = true;
      cancelTimer();
    },
  };
}
