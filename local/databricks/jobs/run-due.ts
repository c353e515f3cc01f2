// When something will happen in a run by itself: what the engine wakes for, `after` its last look.
import { numberIn, type Run, type TaskRun } from './job.ts';
import { noticeTimes } from './notices.ts';
import { queuedUntil } from './queue.ts';
import { dueAt, strikeAt } from './task-course.ts';
import { stopOf } from './task-stop.ts';
import { type JobWorld, ms } from './world.ts';

export function* runDueAt(run: Run, world: JobWorld, after: number): Generator<number> {
  if (run.startedAt === undefined) {
    yield queuedUntil(run, world);
    return;
  }
  const limit = numberIn(run.settings, 'timeout_seconds');
  if (limit > 0) yield run.startedAt + ms(limit, world);
  for (const task of run.tasks) yield* taskDueAt(task, world, after);
  yield* noticeTimes(run, world).filter((at) => at > after);
}

function* taskDueAt(task: TaskRun, world: JobWorld, after: number): Generator<number> {
  const due = [dueAt(task, world), strikeAt(task, world), stopOf(task, world)?.at].filter((at) => at !== undefined);
  // What is past and did not happen waits for something else: its cluster, as a rule.
  yield* due.filter((at) => at > after);
  if (task.stage.name === 'TERMINATED' || task.stage.name === 'BLOCKED') return;
  const id = task.clusterId ?? task.settings.existing_cluster_id;
  const next = typeof id === 'string' ? world.workspace.clusters.find(id)?.due[0] : undefined;
  if (next) yield next.at;
}
