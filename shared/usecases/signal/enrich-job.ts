// Jobs or clusters (C2)? A notification tells ids only: its run is fetched, and of each failed task the cluster. A shared cluster that
// failed is told of in a signal of its own; the job's incident never acts on it.
import { classifyRun, type FailedPart, isShared, type RunCluster } from '../../domain/classification/classify-run.ts';
import { runVerdictOf } from '../../domain/classification/run-termination-codes.ts';
import { LakewardenError } from '../../domain/errors.ts';
import { hashOf, isClusterId, signalIdOf } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { failedTasks, type RunDetail, type TaskAttempt } from '../../domain/jobs/run.ts';
import { isBeforeRecovery } from '../../domain/signals/failure-key.ts';
import type { ClusterSignal, JobRun, OtherComponentSignal } from '../../domain/signals/signal.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { Enriched } from './enriched.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

/** Tasks of one run that are looked at: beyond them it is the same trouble. */
const MOST_TASKS = 20;

interface Sight {
  readonly task: TaskAttempt;
  readonly cluster?: Cluster | undefined;
}

export async function enrichJob(
  ports: SignalPorts,
  signal: OtherComponentSignal,
  workspace: string | null,
  last: Incident | undefined,
  trail: Trail,
): Promise<Enriched> {
  const asTold = { reason: signal.reason, failedAt: signal.failedAt, repeated: false, text: signal.text };
  if (workspace === null || signal.run === undefined) return asTold;
  try {
    const run = await ports.looks.run(workspace, signal.run.runId, signal.receivedAt);
    if (run) return await judgeRun(ports, { signal, workspace, run }, last, trail);
    trail.note('enrich', 'left-as-it-is', 'run-unknown', { run: signal.run.runId });
  } catch (error) {
    if (!(error instanceof LakewardenError)) throw error;
    trail.note('enrich', 'left-as-it-is', 'workspace-unavailable', { error: error.message });
  }
  return asTold;
}

interface Report {
  readonly signal: OtherComponentSignal;
  readonly workspace: string;
  readonly run: RunDetail;
}

async function judgeRun(
  ports: SignalPorts,
  report: Report,
  last: Incident | undefined,
  trail: Trail,
): Promise<Enriched> {
  const { signal, run } = report;
  const failed = failedTasks(run).slice(0, MOST_TASKS);
  const settled = settledSince(run, failed);
  const failedAt = newestEnd(failed) ?? run.end?.at;
  const evidence = { run: run.runId, end: run.end?.code ?? null, failedAt, repairs: run.repairs.length };
  if (settled !== undefined) {
    trail.note('enrich', 'nothing', 'run-has-gone-on', evidence);
    return { reason: undefined, failedAt, repeated: false, settled };
  }
  if (isBeforeRecovery(failedAt, last?.recoveredAt)) {
    trail.note('enrich', 'repeated', 'ended-before-the-last-recovery', { failedAt, recoveredAt: last?.recoveredAt });
    return { reason: undefined, failedAt, repeated: true };
  }
  const sights = await Promise.all(failed.map((task) => see(ports, report, task)));
  const parts = sights.length > 0 ? sights.map((sight) => partOf(run, sight)) : [wholeRun(run)];
  trail.note('enrich', 'completed', 'run-from-workspace', evidence);
  const jobRun = jobRunOf(run, sights, parts);
  const message = parts.find(({ message: words }) => words !== '')?.message;
  return {
    reason: undefined,
    failedAt,
    repeated: false,
    classification: classifyRun(parts),
    run: jobRun,
    tells: sights.flatMap((sight) => tell(report, sight)),
    text: (signal.text ?? message)?.slice(0, 2_000),
  };
}

/** Why there is nothing to do any more, although it was reported. */
function settledSince({ runId, end }: RunDetail, failed: readonly TaskAttempt[]): string | undefined {
  if (end?.succeeded) return `Run ${runId} has succeeded since.`;
  if (!end && failed.length === 0) return `Run ${runId} is under way again: its next end is awaited.`;
  return undefined;
}

/** Only where the cluster is to blame, or may be, it is looked at; what cannot be seen leaves the run's own words. */
async function see(ports: SignalPorts, { signal, workspace }: Report, task: TaskAttempt): Promise<Sight> {
  const { clusterId, end } = task;
  const fault = end && runVerdictOf(end.code)?.fault;
  if (clusterId === undefined || !isClusterId(clusterId) || (fault !== 'cluster' && fault !== 'platform'))
    return { task };
  return { task, cluster: await ports.looks.cluster(workspace, clusterId, signal.receivedAt) };
}

function partOf(run: RunDetail, sight: Sight): FailedPart {
  const { task, cluster } = sight;
  const { code = 'UNKNOWN', message = '' } = task.end ?? {};
  const seen = cluster && { id: cluster.id, source: cluster.source, reason: blamed(run, cluster) };
  return { task: task.task, code, message, ...(seen ? { cluster: seen } : {}) };
}

/** The reason of a cluster that ended before the run began tells of something else. */
function blamed({ startedAt }: RunDetail, { terminatedAt, reason }: Cluster): RunCluster['reason'] {
  return terminatedAt !== undefined && terminatedAt < startedAt ? undefined : reason;
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

/** What the cluster's own subject is told. One that runs, but whose driver failed the task, is asked whether it answers. */
function tell({ signal, workspace, run }: Report, { task, cluster }: Sight): ClusterSignal[] {
  if (!cluster || !isShared(cluster) || !task.end) return [];
  const ended = cluster.state === 'TERMINATED' || cluster.state === 'ERROR' || cluster.state === 'TERMINATING';
  const sick = cluster.state === 'RUNNING' && task.end.code === 'DRIVER_ERROR';
  const reason = ended ? blamed(run, cluster) : undefined;
  if (!reason && !sick) return [];
  const id = signalIdOf(hashOf(`job|${workspace}|${cluster.id}|${run.runId}|${task.runId}`));
  return [
    {
      schemaVersion: 1,
      kind: 'cluster',
      id,
      source: 'lakewarden',
      receivedAt: signal.receivedAt,
      correlationId: signal.correlationId,
      rawSubject: `cluster/${cluster.id}`,
      workspace,
      event: 'cluster.terminated',
      clusterId: cluster.id,
      clusterName: cluster.name,
      state: cluster.state,
      text: `Run ${run.runId} of job ${run.name || run.jobId} failed on it (${task.end.code}).`.slice(0, 2_000),
      reason: reason ?? { code: 'DRIVER_UNREACHABLE', parameters: {} },
      ...(ended && cluster.terminatedAt ? { terminatedAt: cluster.terminatedAt } : {}),
    },
  ];
}

function newestEnd(tasks: readonly TaskAttempt[]): string | undefined {
  const ends = tasks.flatMap(({ end }) => end?.at ?? []);
  return ends.sort().at(-1);
}
