// Stage: a signal about a subject that has an open incident joins it, and a late copy is counted on the one that dealt with it.
// The count is exact; the timeline notes 1, 2, 5, 10, 20, ...
import { Conflict } from '../../domain/errors.ts';
import { alertsAfter } from '../../domain/incidents/active-alerts.ts';
import { failedAgain, type Incident, type Recovery } from '../../domain/incidents/incident.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import { actorOf, failedAtOf, meaningOf } from '../../domain/signals/component-signal.ts';
import { JOIN_STAGE, type JoinEvidence } from '../../domain/signals/joined.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { ComponentSignal } from '../../domain/signals/signal.ts';
import type { CommitResult, IncidentFile } from '../../ports/incident-store.ts';
import { flush } from '../hand-over.ts';
import type { SignalPorts } from './ports.ts';

/** Returns what the signal came to: `outcome`, or what its first delivery came to. `overBy`: it takes the incident back once that is released. */
export async function join(
  ports: SignalPorts,
  signal: ComponentSignal,
  file: IncidentFile,
  outcome: SignalOutcome,
  overBy?: Recovery,
): Promise<SignalOutcome> {
  const result = await commitJoin(ports, signal, file, outcome, overBy);
  if (!result.committed) {
    await flush(ports, file.incident.id);
    // Its record may be newer than its marker: it may have been split off since.
    return (await ports.signals.get(signal.id)) ?? result.outcome ?? outcome;
  }
  ports.recent.remember(result.file);
  ports.index.refreshSoon(result.file.incident);
  return outcome;
}

async function commitJoin(
  ports: SignalPorts,
  signal: ComponentSignal,
  file: IncidentFile,
  outcome: SignalOutcome,
  overBy: Recovery | undefined,
): Promise<CommitResult> {
  const progress = meaningOf(signal) !== 'failure';
  const signalCount = file.incident.signalCount + (progress ? 0 : 1);
  const standing = progress ? file.incident : failedAgain(file.incident);
  const incident: Incident = {
    ...standing,
    signalCount,
    ...alertsAfter(signal, file.incident),
    ...(overBy && { overBy }),
  };
  try {
    return await ports.incidents.commit({
      basis: file,
      incident,
      events: progress ? [progressEntry(signal, overBy)] : joinEntries(signal, incident, outcome),
      deliveryId: signal.id,
      outcome,
      at: ports.clock.now().toISOString(),
    });
  } catch (error) {
    if (error instanceof Conflict) ports.recent.forget(file.incident.subject);
    throw error;
  }
}

/** What the report brought, and the key under which it is merged: a person who asks why, or splits it off, needs both (C9). */
export function joinEvidence(signal: ComponentSignal, { id, subject, state }: Incident): JoinEvidence {
  const { event, reason } = signal;
  return { incident: id, key: subject, state, event, reason, failedAt: failedAtOf(signal) };
}

function joinEntries(
  signal: ComponentSignal,
  incident: Incident,
  { ended, decisions }: SignalOutcome,
): TimelineEntry[] {
  const { signalCount: count, subject: key } = incident;
  // What is concluded of a region is said each time; it comes once for each change.
  if (!isNoted(count) && signal.kind !== 'region') return [];
  const mergedBy = decisions.find(({ stage }) => stage === JOIN_STAGE)?.because;
  return [
    {
      type: 'signal-joined',
      actor: actorOf(signal),
      text: `Report ${count} of this failure ${ended === 'joined' ? 'joined' : 'came late'}: ${signal.event}${signal.reason ? ` with ${signal.reason.code}` : ''}${signal.kind === 'region' ? `. ${signal.text ?? ''}` : ''}`,
      data: { signalId: signal.id, mergedBy, key, count, ...(signal.text === undefined ? {} : { text: signal.text }) },
    },
  ];
}

function progressEntry(signal: ComponentSignal, overBy: Recovery | undefined): TimelineEntry {
  return {
    type: 'progress',
    actor: actorOf(signal),
    text: `Reported: ${signal.event}${overBy ? '; a person has taken the incident: it is resolved once it is released' : ''}`,
    data: { signalId: signal.id },
  };
}

/** 1, 2, 5, 10, 20, 50, ... */
function isNoted(count: number): boolean {
  const magnitude = 10 ** Math.floor(Math.log10(count));
  return [1, 2, 5].includes(count / magnitude);
}
