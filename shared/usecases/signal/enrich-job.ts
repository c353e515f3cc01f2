// Jobs or clusters (C2)? A notification tells ids only: its run is fetched and judged. A shared cluster that failed is told of in a
// signal of its own; the job's incident never acts on it.
import { isShared } from '../../domain/classification/classify-run.ts';
import { LakewardenError } from '../../domain/errors.ts';
import { hashOf, signalIdOf } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import type { RunDetail } from '../../domain/jobs/run.ts';
import { isBeforeRecovery } from '../../domain/signals/failure-key.ts';
import type { ClusterSignal, OtherComponentSignal } from '../../domain/signals/signal.ts';
import type { Enriched } from './enriched.ts';
import { blamedFor, failedAtOf, judgeFailedRun, type Sight, settledSince } from './judge-run.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

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
  const { signal, workspace, run } = report;
  const settled = settledSince(run);
  const failedAt = failedAtOf(run);
  const evidence = { run: run.runId, end: run.end?.code ?? null, failedAt, repairs: run.repairs.length };
  if (settled !== undefined) {
    trail.note('enrich', 'nothing', 'run-has-gone-on', evidence);
    return { reason: undefined, failedAt, repeated: false, settled };
  }
  if (isBeforeRecovery(failedAt, last?.recoveredAt)) {
    trail.note('enrich', 'repeated', 'ended-before-the-last-recovery', { failedAt, recoveredAt: last?.recoveredAt });
    return { reason: undefined, failedAt, repeated: true };
  }
  const judged = await judgeFailedRun(run, (id) => ports.looks.cluster(workspace, id, signal.receivedAt));
  const unseen = judged.sights.flatMap((sight) => sight.unseen ?? []);
  trail.note('enrich', 'completed', 'run-from-workspace', { ...evidence, ...(unseen.length > 0 ? { unseen } : {}) });
  return {
    reason: undefined,
    failedAt,
    repeated: false,
    classification: judged.classification,
    run: judged.run,
    tells: judged.sights.flatMap((sight) => tell(report, sight)),
    text: (signal.text ?? judged.message)?.slice(0, 2_000),
  };
}

/** What the cluster's own subject is told. One that runs, but whose driver failed the task, is asked whether it answers. */
function tell({ signal, workspace, run }: Report, { task, cluster }: Sight): ClusterSignal[] {
  if (!cluster || !isShared(cluster) || !task.end) return [];
  const ended = cluster.state === 'TERMINATED' || cluster.state === 'ERROR' || cluster.state === 'TERMINATING';
  const sick = cluster.state === 'RUNNING' && task.end.code === 'DRIVER_ERROR';
  const endedAt = cluster.state === 'TERMINATING' ? task.end.at : cluster.terminatedAt;
  const reason = ended ? blamedFor(run, cluster) : undefined;
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
      ...(ended && endedAt ? { terminatedAt: endedAt } : {}),
    },
  ];
}
