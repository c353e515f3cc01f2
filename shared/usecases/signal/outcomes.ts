// The outcome of a signal, in the words of the API. It tells the decision that was taken, whatever the incident does later.
import type { Incident } from '../../domain/incidents/incident.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { Signal } from '../../domain/signals/signal.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

type Words = Pick<SignalPorts, 'clock'>;

export function incidentOutcome(
  { clock }: Words,
  signal: Signal,
  incident: Incident,
  ended: 'opened' | 'joined' | 'recorded',
  trail: Trail,
): SignalOutcome {
  const { opening } = incident;
  return {
    signalId: signal.id,
    decidedAt: clock.now().toISOString(),
    subject: incident.subject,
    ticketId: incident.id,
    errorType: incident.failureClass,
    recoveryStatus: ended === 'recorded' ? 'recovered' : opening.recoveryStatus,
    actionsTaken: [...opening.actionsTaken],
    message:
      ended === 'recorded'
        ? `This failure was dealt with in ${incident.id}: the ${incident.component.kind} has recovered since.`
        : opening.message,
    ended,
    decisions: [...trail.decisions],
  };
}

/** A signal that opens no incident: its record says why. */
export function recordedOutcome(
  { clock }: Words,
  signal: Signal,
  subject: string,
  message: string,
  trail: Trail,
): SignalOutcome {
  return {
    signalId: signal.id,
    decidedAt: clock.now().toISOString(),
    subject,
    ticketId: null,
    errorType: null,
    recoveryStatus: 'not_needed',
    actionsTaken: [],
    message,
    ended: 'recorded',
    decisions: [...trail.decisions],
  };
}
