// The cluster a task runs on: one that is there, which Jobs starts if it is down, or one made for the run, which dies with it.
import type { Cluster, TerminationReason } from '../cluster.ts';
import { reasonOf } from '../cluster-seed.ts';
import { launchCluster, startOne } from '../clusters-api.ts';
import { Refusal } from '../errors.ts';
import { momentOf } from '../state.ts';
import { terminate } from '../transitions.ts';
import { type Fields, isOver, type Run, type TaskRun } from './job.ts';
import { type End, ending } from './run-ends.ts';
import { fieldsIn } from './task-work.ts';
import type { JobWorld } from './world.ts';

export type Got =
  | { readonly got: 'cluster'; readonly id: string }
  | { readonly got: 'none-needed' }
  | { readonly got: 'later' }
  | { readonly got: 'refused'; readonly end: Omit<End, 'at'> };

/** Takes the cluster for an attempt that is about to begin; `at` is when that is. */
export function takeCluster(task: TaskRun, run: Run, at: number, world: JobWorld): Got {
  const { existing_cluster_id: existing } = task.settings;
  try {
    if (typeof existing === 'string') return takeExisting(existing, task, at, world);
    const key = clusterKey(task);
    if (key === undefined) return { got: 'none-needed' };
    const shared = clustersMadeFor(run).findLast((cluster) => cluster.key === key);
    const there = shared && world.workspace.clusters.find(shared.id);
    if (shared && there && !isDown(there)) return { got: 'cluster', id: shared.id };
    return makeOne(task, run, at, world);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const code = error.answer.status === 429 ? 'CLUSTER_REQUEST_LIMIT_EXCEEDED' : 'INVALID_CLUSTER_REQUEST';
    return { got: 'refused', end: ending(code, error.message) };
  }
}

/** Of a cluster made for the run; undefined for one that was there before, and for a task without one. */
export function clusterKey({ settings, originalId }: TaskRun): string | undefined {
  if (typeof settings.job_cluster_key === 'string') return settings.job_cluster_key;
  return settings.new_cluster === undefined ? undefined : `task/${originalId}`;
}

/** Ends those clusters of the run that no attempt will use any more, when the last that used them was through. */
export function releaseClusters(run: Run, world: JobWorld): void {
  const { clusters } = world.workspace;
  const wanted = run.tasks.filter((task) => !isOver(task) && task.stage.name !== 'TERMINATING').map(clusterKey);
  for (const { key, id } of clustersMadeFor(run)) {
    const cluster = wanted.includes(key) ? undefined : clusters.find(id);
    if (!cluster || isDown(cluster)) continue;
    const at = Math.max(...run.tasks.filter(({ clusterId }) => clusterId === id).map(throughAt));
    killCluster(cluster, { code: 'JOB_FINISHED' }, at, world);
  }
}

function clustersMadeFor(run: Run): { key: string; id: string }[] {
  return run.tasks.flatMap((task) => {
    const key = clusterKey(task);
    return key === undefined || task.clusterId === undefined ? [] : [{ key, id: task.clusterId }];
  });
}

function throughAt({ stage }: TaskRun): number {
  return stage.name === 'TERMINATING' || stage.name === 'TERMINATED' ? stage.end.at : 0;
}

export function killCluster(cluster: Cluster, reason: TerminationReason, at: number, world: JobWorld): Cluster {
  const { code, type, parameters } = reason;
  return world.workspace.clusters.put(
    terminate(cluster, reasonOf({ code, type, parameters }), { ...byNobody(world), now: at }),
  );
}

function takeExisting(id: string, task: TaskRun, at: number, world: JobWorld): Got {
  const { clusters } = world.workspace;
  const cluster = clusters.find(id);
  if (!cluster) return { got: 'refused', end: ending('RESOURCE_NOT_FOUND', `Cluster '${id}' does not exist.`) };
  if (cluster.state === 'TERMINATING') return { got: 'later' };
  if (cluster.state === 'TERMINATED') {
    const doomed = withOrder(cluster, task);
    clusters.put(startOne(doomed, {}, atMoment(world, Math.max(at, cluster.terminatedTime ?? 0))));
  }
  return { got: 'cluster', id };
}

function makeOne(task: TaskRun, run: Run, at: number, world: JobWorld): Got {
  const key = task.settings.job_cluster_key;
  const spec = typeof key === 'string' ? sharedSpec(run, key) : fieldsIn(task.settings, 'new_cluster');
  if (!spec) {
    return { got: 'refused', end: ending('INVALID_RUN_CONFIGURATION', `The job has no job cluster '${key}'.`) };
  }
  const named = { ...spec, cluster_name: `job-${run.jobId}-run-${run.id}-${key ?? task.key}` };
  const given = { source: 'JOB', creator: run.creator, prepare: (cluster: Cluster) => withOrder(cluster, task) };
  return { got: 'cluster', id: launchCluster(named, given, atMoment(world, at)).id };
}

function sharedSpec({ settings }: Run, key: string): Fields | undefined {
  const clusters: Fields[] = Array.isArray(settings.job_clusters) ? settings.job_clusters : [];
  const found = clusters.find((cluster) => cluster.job_cluster_key === key);
  return found && fieldsIn(found, 'new_cluster');
}

/** Its next start ends as the test ordered it for this task. */
function withOrder(cluster: Cluster, { order }: TaskRun): Cluster {
  if (order?.cluster?.during !== 'start') return cluster;
  const { code, type, parameters, afterSeconds } = order.cluster;
  return { ...cluster, onStart: [{ reason: reasonOf({ code, type, parameters }), afterSeconds }, ...cluster.onStart] };
}

function isDown({ state }: Cluster): boolean {
  return ['TERMINATING', 'TERMINATED', 'ERROR', 'UNKNOWN'].includes(state);
}

/** The workspace at the instant when something was due, which may have been before anybody looked. */
function atMoment({ workspace }: JobWorld, at: number) {
  return { ...workspace, clock: { ...workspace.clock, now: () => at } };
}

function byNobody({ workspace }: JobWorld) {
  return { ...momentOf(workspace), user: undefined };
}
