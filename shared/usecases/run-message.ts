// The message that moves a run forward. It names the revision it was made for, so that an older one changes nothing.
import type { TicketId } from '../domain/ids.ts';
import { sessionIdOf } from '../domain/incidents/subject.ts';
import type { AdvanceOrder } from '../domain/runbooks/advance-order.ts';
import type { Run } from '../domain/runbooks/run.ts';
import type { BusMessage } from '../ports/bus.ts';

/** For a run that waits: it goes on at `dueAt` (ISO), whatever it was due at. One that has gone on meanwhile is not disturbed. */
export function goOnMessage(incidentId: TicketId, run: Run, dueAt: string): BusMessage {
  const order: AdvanceOrder = { ...orderFor(incidentId, run), early: true };
  return { ...advanceMessage(incidentId, { ...run, dueAt }, `-released-${Date.parse(dueAt)}`), body: order };
}

function orderFor(incidentId: TicketId, run: Run): AdvanceOrder {
  return { schemaVersion: 1, incidentId, run: run.number, revision: run.revision };
}

/** `nudge` tells apart copies for the same revision, e.g. one sent by the watchdog. */
export function advanceMessage(incidentId: TicketId, run: Run, nudge = ''): BusMessage {
  return {
    id: `run-${incidentId}-${run.number}-${run.revision}${nudge}`,
    queue: 'runs',
    sessionId: sessionIdOf(run.resource),
    body: orderFor(incidentId, run),
    correlationId: incidentId,
    ...(run.dueAt === undefined ? {} : { dueAt: run.dueAt }),
  };
}
