// The course of one attempt at a task: what it makes of the time that has passed, given its run and its cluster. Each step is dated
// by its cause (the end of the work, the loss of the cluster), not by when somebody looked.
import { DURATION_SECONDS } from '../refusals.ts';
import type { Output, Run, Stage, TaskRun } from './job.ts';
import { RUN_SECONDS } from './refusals.ts';
import type { End } from './run-ends.ts';
import { clusterKey, killCluster, takeCluster } from './task-clusters.ts';
import { gateOf } from './task-gate.ts';
import { stopOf } from './task-stop.ts';
import { workOf } from './task-work.ts';
import { type JobWorld, ms } from './world.ts';

type Is<Name extends Stage['name']> = Extract<Stage, { name: Name }>;

/** The attempt one step further; the same object when nothing is due. */
export function stepTask(task: TaskRun, run: Run, world: JobWorld): TaskRun {
  const now = world.workspace.clock.now();
  const { stage } = task;
  if (stage.name === 'TERMINATED') return task;
  if (stage.name === 'TERMINATING') {
    return stage.until <= now ? { ...task, stage: { ...stage, name: 'TERMINATED', at: stage.until } } : task;
  }
  if (stage.name === 'RUNNING') strike(task, stage, world);
  const stop = stopOf(task, world);
  if (stop && stop.at <= now && !(stage.name === 'RUNNING' && stage.until <= stop.at)) {
    return stage.name === 'PENDING' || stage.name === 'RUNNING'
      ? cleanUp(task, { ...stop.end, at: stop.at }, stop.seconds, world)
      : over(task, stop.at, stop.end);
  }
  switch (stage.name) {
    case 'BLOCKED':
      return stepBlocked(task, run, world);
    case 'WAITING_FOR_RETRY':
      return stage.until <= now ? pending(task, run, stage.until, world) : task;
    case 'PENDING':
      return stepPending(task, stage, run, world);
    case 'RUNNING':
      return stage.until <= now ? finish(task, stage, world) : task;
  }
}

/** When time alone will move it on; undefined while it waits for something else. */
export function dueAt({ stage }: TaskRun, world: JobWorld): number | undefined {
  if (stage.name === 'PENDING') return stage.since + ms(RUN_SECONDS.setup, world);
  return 'until' in stage ? stage.until : undefined;
}

export function strikeAt(task: TaskRun, world: JobWorld): number | undefined {
  const death = task.order?.cluster;
  if (death?.during !== 'run' || task.stage.name !== 'RUNNING') return undefined;
  return task.stage.since + ms(death.afterSeconds, world);
}

function stepBlocked(task: TaskRun, run: Run, world: JobWorld): TaskRun {
  const gate = gateOf(task, run);
  if (gate.gate === 'shut') return task;
  return gate.gate === 'open' ? pending(task, run, gate.at, world) : over(task, gate.at, gate.end);
}

/** The attempt begins; what was ordered for it is taken from the list. */
function pending(task: TaskRun, run: Run, at: number, { store }: JobWorld): TaskRun {
  const job = store.findJob(run.jobId);
  const order = job?.orders.find((candidate) => candidate.task === undefined || candidate.task === task.key);
  if (job && order) {
    const left = job.orders.map((other) => (other === order ? { ...other, times: other.times - 1 } : other));
    store.putJob({ ...job, orders: left.filter(({ times }) => times > 0) });
  }
  return { ...task, order, startedAt: at, stage: { name: 'PENDING', since: at } };
}

function stepPending(task: TaskRun, stage: Is<'PENDING'>, run: Run, world: JobWorld): TaskRun {
  const { clusters, clock } = world.workspace;
  if (task.clusterId !== undefined) {
    const cluster = clusters.find(task.clusterId);
    if (cluster?.state !== 'RUNNING' && cluster?.state !== 'RESIZING') return task;
    const at = Math.max(stage.since, cluster.lastRestartedTime ?? 0) + ms(RUN_SECONDS.setup, world);
    return at <= clock.now() ? begin(task, at, world) : task;
  }
  const got = takeCluster(task, run, stage.since, world);
  if (got.got === 'cluster') return { ...task, clusterId: got.id };
  if (got.got === 'refused') return over(task, stage.since, got.end, { error: got.end.message });
  if (got.got === 'later') return task;
  const at = stage.since + ms(RUN_SECONDS.setup, world);
  return at <= clock.now() ? begin(task, at, world) : task;
}

function begin(task: TaskRun, at: number, world: JobWorld): TaskRun {
  const cluster = task.clusterId === undefined ? undefined : world.workspace.clusters.find(task.clusterId);
  const { seconds, ...planned } = workOf(task, world);
  const death = task.order?.cluster;
  // Work that a cluster's death is to interrupt lasts until then.
  const lasting = death?.during === 'run' ? Math.max(seconds, death.afterSeconds + 1) : seconds;
  const until = cluster?.driverAnswers === false ? Number.MAX_SAFE_INTEGER : at + ms(lasting, world);
  return {
    ...task,
    runningAt: at,
    sparkContextId: cluster?.sparkContextId,
    stage: { name: 'RUNNING', since: at, until, planned },
  };
}

/** The death of the cluster that was ordered for this attempt. */
function strike(task: TaskRun, stage: Is<'RUNNING'>, world: JobWorld): void {
  const at = strikeAt(task, world);
  const { clusters, clock } = world.workspace;
  const cluster = task.clusterId === undefined ? undefined : clusters.find(task.clusterId);
  if (at === undefined || at > clock.now() || at >= stage.until || !task.order?.cluster) return;
  if (cluster?.sparkContextId === task.sparkContextId && cluster) killCluster(cluster, task.order.cluster, at, world);
}

function finish(task: TaskRun, stage: Is<'RUNNING'>, world: JobWorld): TaskRun {
  const { end, output } = stage.planned;
  return cleanUp(task, { ...end, at: stage.until }, RUN_SECONDS.cleanup, world, output);
}

function cleanUp(
  task: TaskRun,
  end: End,
  seconds: number,
  world: JobWorld,
  output: Output = { error: end.message },
): TaskRun {
  const lasting = clusterKey(task) === undefined ? seconds : DURATION_SECONDS.terminate;
  return { ...task, stage: { name: 'TERMINATING', until: end.at + ms(lasting, world), end, output } };
}

function over(task: TaskRun, at: number, end: Omit<End, 'at'>, output: Output = {}): TaskRun {
  return { ...task, stage: { name: 'TERMINATED', at, end: { ...end, at }, output } };
}
