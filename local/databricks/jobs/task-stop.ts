// What stops an attempt before its work is done: somebody's cancellation, its time limit, the loss of its cluster.
import type { Cluster } from '../cluster.ts';
import { numberIn, type TaskRun } from './job.ts';
import { RUN_SECONDS } from './refusals.ts';
import { type End, ending, lostCluster } from './run-ends.ts';
import { type JobWorld, ms } from './world.ts';

export interface Stop {
  readonly at: number;
  readonly end: Omit<End, 'at'>;
  /** What cleaning up takes. */
  readonly seconds: number;
}

/** The first there is, be it still to come. */
export function stopOf(task: TaskRun, world: JobWorld): Stop | undefined {
  const stops = [cancellation(task), deadline(task, world), loss(task, world)].filter((stop) => stop !== undefined);
  return stops.toSorted((a, b) => a.at - b.at)[0];
}

function cancellation({ cancel }: TaskRun): Stop | undefined {
  if (!cancel) return undefined;
  const end =
    cancel.because === 'user' ? ending('USER_CANCELED', 'Run cancelled.') : ending('CANCELED', 'The run timed out.');
  return { at: cancel.at, end, seconds: RUN_SECONDS.cancelling };
}

function deadline(task: TaskRun, world: JobWorld): Stop | undefined {
  const limit = numberIn(task.settings, 'timeout_seconds');
  const isBegun = task.stage.name === 'PENDING' || task.stage.name === 'RUNNING';
  if (limit <= 0 || task.startedAt === undefined || !isBegun) return undefined;
  const end = ending('CANCELED', `The task took longer than ${limit} seconds.`);
  return { at: task.startedAt + ms(limit, world), end, seconds: RUN_SECONDS.cancelling };
}

function loss(task: TaskRun, { workspace }: JobWorld): Stop | undefined {
  const { stage, clusterId } = task;
  if (clusterId === undefined || (stage.name !== 'PENDING' && stage.name !== 'RUNNING')) return undefined;
  const cluster = workspace.clusters.find(clusterId);
  const now = workspace.clock.now();
  const end = endBy(cluster, clusterId, task);
  if (!end) return undefined;
  const at = cluster && cluster.lastStateLossTime >= stage.since ? cluster.lastStateLossTime : now;
  return { at, end, seconds: RUN_SECONDS.cleanup };
}

function endBy(cluster: Cluster | undefined, id: string, task: TaskRun): Omit<End, 'at'> | undefined {
  if (!cluster) return ending('CLUSTER_ERROR', `Cluster '${id}' does not exist.`);
  switch (cluster.state) {
    case 'TERMINATING':
    case 'TERMINATED':
      return lostCluster(id, cluster.terminationReason);
    case 'ERROR':
    case 'UNKNOWN':
      return ending('CLUSTER_ERROR', `Cluster '${id}' is in unexpected state ${cluster.state}.`);
    default:
      return task.stage.name === 'RUNNING' && cluster.sparkContextId !== task.sparkContextId
        ? ending('DRIVER_ERROR', `Could not reach driver of cluster ${id}.`)
        : undefined;
  }
}
