// What a failed run means: its failed tasks, and the clusters below those whose cluster may be to blame.
import type { Classification } from '../../domain/classification/classify.ts';
import { classifyRun, type FailedPart, type RunCluster } from '../../domain/classification/classify-run.ts';
import { runVerdictOf } from '../../domain/classification/run-termination-codes.ts';
import { LakewardenError } from '../../domain/errors.ts';
import { type ClusterId, isClusterId } from '../../domain/ids.ts';
import { failedTasks, type RunDetail, type TaskAttempt } from '../../domain/jobs/run.ts';
import type { JobRun } from '../../domain/signals/signal.ts';
import type { Cluster } from '../../ports/workspace.ts';

/** Tasks of one run that are looked at: beyond them it is the same trouble. */
const MOST_TASKS = 20;

/** A failed task, and the cluster it ran on where that was looked at. */
export interface Sight {
  readonly task: TaskAttempt;
  readonly cluster?: Cluster | undefined;
  /** Why that could not be looked at. */
  readonly unseen?: string;
}

export interface JudgedRun {
  readonly classification: Classification;
  readonly run: JobRun;
  readonly sights: readonly Sight[];
  /** In the words of the run. */
  readonly message: string | undefined;
}

/** It may be one that others use too: whoever recovers the run looks again. */
const UNSEEN_SOURCE = 'UNKNOWN';

type LookAtCluster = (id: ClusterId) => Promise<Cluster | undefined>;

export async function judgeFailedRun(run: RunDetail, look: LookAtCluster): Promise<JudgedRun> {
  const failed = failedTasks(run).slice(0, MOST_TASKS);
  const sights = await Promise.all(failed.map((task) => see(task, look)));
  const parts = sights.length > 0 ? sights.map((sight) => partOf(run, sight)) : [wholeRun(run)];
  return {
    classification: classifyRun(parts),
    run: jobRunOf(run, sights, parts),
    sights,
    message: parts.find(({ message }) => message !== '')?.message,
  };
}

/** Why there is nothing to do any more, although it was reported. */
export function settledSince(run: RunDetail): string | undefined {
  const { runId, end } = run;
  if (end?.succeeded) return `Run ${runId} has succeeded since.`;
  if (!end && failedTasks(run).length === 0) return `Run ${runId} is under way again: its next end is awaited.`;
  return undefined;
}

/** When it failed last, on the service's clock. */
export function failedAtOf(run: RunDetail): string | undefined {
  return newestEnd(failedTasks(run)) ?? run.end?.at;
}

/** Only where the cluster is to blame, or may be, it is looked at; what cannot be seen leaves the run's own words, and hides no other. */
async function see(task: TaskAttempt, look: LookAtCluster): Promise<Sight> {
  const { clusterId, end } = task;
  const fault = end && runVerdictOf(end.code)?.fault;
  if (clusterId === undefined || !isClusterId(clusterId) || (fault !== 'cluster' && fault !== 'platform'))
    return { task };
  try {
    return { task, cluster: await look(clusterId) };
  } catch (error) {
    if (!(error instanceof LakewardenError)) throw error;
    return { task, unseen: error.message };
  }
}

function partOf(run: RunDetail, sight: Sight): FailedPart {
  const { code = 'UNKNOWN', message = '' } = sight.task.end ?? {};
  const cluster = clusterOf(run, sight);
  return { task: sight.task.task, code, message, ...(cluster ? { cluster } : {}) };
}

function clusterOf(run: RunDetail, { task, cluster, unseen }: Sight): RunCluster | undefined {
  if (cluster) return { id: cluster.id, source: cluster.source, reason: blamedFor(run, cluster) };
  return unseen !== undefined && task.clusterId ? { id: task.clusterId, source: UNSEEN_SOURCE } : undefined;
}

/** The reason of a cluster that ended before the run began tells of something else. While it is TERMINATING its time is that of the end before. */
export function blamedFor({ startedAt }: RunDetail, { state, terminatedAt, reason }: Cluster): RunCluster['reason'] {
  const isOlder = state !== 'TERMINATING' && terminatedAt !== undefined && terminatedAt < startedAt;
  return isOlder ? undefined : reason;
}

function wholeRun({ end }: RunDetail): FailedPart {
  return { code: end?.code ?? 'UNKNOWN', message: end?.message ?? '' };
}

function jobRunOf(run: RunDetail, sights: readonly Sight[], parts: readonly FailedPart[]): JobRun {
  const first = sights[0]?.task;
  const clusters = new Map(parts.flatMap(({ cluster }) => (cluster ? [[cluster.id, cluster]] : [])));
  return {
    runId: run.runId,
    ...(first ? { task: first.task, attempt: first.attempt } : {}),
    repairs: run.repairs.length,
    clusters: [...clusters.values()].map(({ id, source, reason }) => ({
      id,
      source,
      ...(reason ? { code: reason.code } : {}),
    })),
  };
}

function newestEnd(tasks: readonly TaskAttempt[]): string | undefined {
  const ends = tasks.flatMap(({ end }) => end?.at ?? []);
  return ends.sort().at(-1);
}
