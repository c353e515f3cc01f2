// Stage: a signal about a subject that has an open incident joins it. The count is exact; the timeline notes 1, 2, 5, 10, 20, ...
import type { Incident } from '../../domain/incidents/incident.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import type { ClusterSignal } from '../../domain/signals/signal.ts';
import type { CommitResult, IncidentFile } from '../../ports/incident-store.ts';
import type { SignalPorts } from './ports.ts';

export async function join(ports: SignalPorts, signal: ClusterSignal, file: IncidentFile): Promise<CommitResult> {
  const progress = signal.event === 'cluster.restarting';
  const incident: Incident = { ...file.incident, signalCount: file.incident.signalCount + (progress ? 0 : 1) };
  return await ports.incidents.commit({
    basis: file,
    incident,
    events: progress ? [progressEntry(signal)] : joinEntries(signal, incident.signalCount),
    deliveryId: signal.id,
    at: ports.clock.now().toISOString(),
  });
}

function joinEntries(signal: ClusterSignal, count: number): TimelineEntry[] {
  if (!isNoted(count)) return [];
  return [
    {
      type: 'signal-joined',
      actor: signal.source === 'poll' ? 'lakewarden' : 'sender',
      text: `Report ${count} of this failure joined: ${signal.event}${signal.reason ? ` with ${signal.reason.code}` : ''}`,
      data: { signalId: signal.id, mergedBy: 'subject-has-open-incident', count },
    },
  ];
}

function progressEntry(signal: ClusterSignal): TimelineEntry {
  return {
    type: 'progress',
    actor: 'sender',
    text: 'The cluster is reported to be restarting',
    data: { signalId: signal.id },
  };
}

/** 1, 2, 5, 10, 20, 50, ... */
function isNoted(count: number): boolean {
  const magnitude = 10 ** Math.floor(Math.log10(count));
  return [1, 2, 5].includes(count / magnitude);
}
