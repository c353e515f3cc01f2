// Stage: a signal about a subject that has an open incident joins it, and a late copy is counted on the one that dealt with it.
// The count is exact; the timeline notes 1, 2, 5, 10, 20, ...
import { Conflict } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { ClusterSignal } from '../../domain/signals/signal.ts';
import type { CommitResult, IncidentFile } from '../../ports/incident-store.ts';
import { flush } from '../hand-over.ts';
import type { SignalPorts } from './ports.ts';

/** Returns what the signal came to: `outcome`, or what its first delivery came to. */
export async function join(
  ports: SignalPorts,
  signal: ClusterSignal,
  file: IncidentFile,
  outcome: SignalOutcome,
): Promise<SignalOutcome> {
  const result = await commitJoin(ports, signal, file, outcome);
  if (!result.committed) {
    await flush(ports, file.incident.id);
    return result.outcome ?? outcome;
  }
  ports.recent.remember(result.file);
  ports.index.refreshSoon(result.file.incident);
  return outcome;
}

async function commitJoin(
  ports: SignalPorts,
  signal: ClusterSignal,
  file: IncidentFile,
  outcome: SignalOutcome,
): Promise<CommitResult> {
  const progress = signal.event === 'cluster.restarting';
  const incident: Incident = { ...file.incident, signalCount: file.incident.signalCount + (progress ? 0 : 1) };
  try {
    return await ports.incidents.commit({
      basis: file,
      incident,
      events: progress ? [progressEntry(signal)] : joinEntries(signal, incident.signalCount, outcome.ended),
      deliveryId: signal.id,
      outcome,
      at: ports.clock.now().toISOString(),
    });
  } catch (error) {
    if (error instanceof Conflict) ports.recent.forget(file.incident.subject);
    throw error;
  }
}

function joinEntries(signal: ClusterSignal, count: number, ended: SignalOutcome['ended']): TimelineEntry[] {
  if (!isNoted(count)) return [];
  return [
    {
      type: 'signal-joined',
      actor: signal.source === 'poll' ? 'lakewarden' : 'sender',
      text: `Report ${count} of this failure ${ended === 'joined' ? 'joined' : 'came late'}: ${signal.event}${signal.reason ? ` with ${signal.reason.code}` : ''}`,
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
