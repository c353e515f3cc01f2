// Whether a change that a poll has told of is wanted: what is accepted becomes the last good one (B3).
import { isTicketId } from '../../domain/ids.ts';
import { takesJoins } from '../../domain/incidents/incident.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { SignalStore } from '../../ports/signal-store.ts';

export interface AcceptancePorts {
  readonly signals: SignalStore;
  readonly incidents: IncidentStore;
}

/** Its incident was ended by a person, or it was recorded without one because a maintenance window was open. */
export async function isAccepted({ signals, incidents }: AcceptancePorts, signalId: string): Promise<boolean> {
  const outcome = await signals.get(signalId);
  if (!outcome || outcome.ended === 'quarantined') return false;
  if (outcome.ticketId === null || !isTicketId(outcome.ticketId)) return outcome.ended === 'recorded';
  const file = await incidents.load(outcome.ticketId);
  return file !== undefined && !takesJoins(file.incident.state);
}
