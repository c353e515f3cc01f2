// Stage: fetch only what classification lacks. A missing reason, or an event without a time soon after a resolution (design.md 5).

import { LakewardenError } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { failedAtOf } from '../../domain/signals/component-signal.ts';
import { isBeforeRecovery } from '../../domain/signals/failure-key.ts';
import type { ClusterSignal, ComponentSignal } from '../../domain/signals/signal.ts';
import type { Cluster } from '../../ports/workspace.ts';
import { enrichJob } from './enrich-job.ts';
import type { Enriched } from './enriched.ts';
import type { Identified } from './identify.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

/** An event without a time that is received this soon after a resolution may be a late copy. Real time: senders are no faster on a laptop. */
const LATE_COPY_MS = 15 * 60 * 1000;

export async function enrich(
  ports: SignalPorts,
  signal: ComponentSignal,
  identified: Identified,
  last: Incident | undefined,
  trail: Trail,
): Promise<Enriched> {
  const { reason } = signal;
  const failedAt = failedAtOf(signal);
  if (isBeforeRecovery(failedAt, last?.recoveredAt)) {
    trail.note('enrich', 'repeated', 'ended-before-the-last-recovery', { failedAt, recoveredAt: last?.recoveredAt });
    return { reason, failedAt, repeated: true };
  }
  if (signal.kind === 'job' && signal.event === 'jobs.on_failure') {
    return await enrichJob(ports, signal, identified.component.workspace, last, trail);
  }
  // An alert about a cluster tells nothing of an end of it.
  if (signal.kind !== 'cluster' || signal.event === 'azure.active') return { reason, failedAt, repeated: false };
  return await enrichCluster(ports, signal, identified, last, trail);
}

async function enrichCluster(
  ports: SignalPorts,
  signal: ClusterSignal,
  identified: Identified,
  last: Incident | undefined,
  trail: Trail,
): Promise<Enriched> {
  const maybeLate =
    signal.terminatedAt === undefined &&
    last !== undefined &&
    isReceivedSoonAfter(signal, last) &&
    isOfSameCode(signal, last);
  if (signal.reason && !maybeLate) {
    return { reason: signal.reason, failedAt: signal.terminatedAt, repeated: false };
  }
  const cluster = await look(ports, identified, signal, trail);
  if (!cluster) return { reason: signal.reason, failedAt: signal.terminatedAt, repeated: false };
  return completed(signal, cluster, maybeLate ? last : undefined, trail);
}

function completed(signal: ClusterSignal, cluster: Cluster, last: Incident | undefined, trail: Trail): Enriched {
  const { state } = cluster;
  const ended = state === 'TERMINATED' || state === 'ERROR' || state === 'TERMINATING';
  // While it is TERMINATING its time is that of the end before.
  const endedAt = state === 'TERMINATING' ? undefined : cluster.terminatedAt;
  const evidence = { state, terminatedAt: cluster.terminatedAt, recoveredAt: last?.recoveredAt };
  if (last && (!ended || isBeforeRecovery(endedAt, last.recoveredAt))) {
    trail.note('enrich', 'repeated', 'no-time-and-recovered-since', evidence);
    return { reason: signal.reason, failedAt: signal.terminatedAt, repeated: true };
  }
  trail.note('enrich', 'completed', signal.reason ? 'time-from-workspace' : 'reason-from-workspace', evidence);
  return {
    reason: signal.reason ?? cluster.reason,
    failedAt: signal.terminatedAt ?? (ended ? endedAt : undefined),
    repeated: false,
  };
}

/** A copy says what the first one said; another code is another event. */
function isOfSameCode({ reason }: ClusterSignal, { code }: Incident): boolean {
  return reason === undefined || reason.code === code;
}

/** By when it was received: how long it waited in the queue says nothing about when it failed. */
function isReceivedSoonAfter({ receivedAt }: ClusterSignal, { resolvedAt }: Incident): boolean {
  return resolvedAt !== undefined && Date.parse(receivedAt) - Date.parse(resolvedAt) <= LATE_COPY_MS;
}

/** A workspace that does not answer leaves the signal as it is: the signal must end somewhere all the same. */
async function look(
  ports: SignalPorts,
  identified: Identified,
  signal: ClusterSignal,
  trail: Trail,
): Promise<Cluster | undefined> {
  const { workspace } = identified.component;
  if (workspace === null) return undefined;
  try {
    return await ports.looks.cluster(workspace, signal.clusterId, signal.receivedAt);
  } catch (error) {
    if (!(error instanceof LakewardenError)) throw error;
    trail.note('enrich', 'left-as-it-is', 'workspace-unavailable', { error: error.message });
    return undefined;
  }
}
