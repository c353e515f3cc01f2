// The message that moves a run forward. It names the revision it was made for, so that an older one changes nothing.
import type { TicketId } from '../domain/ids.ts';
import { sessionIdOf } from '../domain/incidents/subject.ts';
import type { AdvanceOrder } from '../domain/runbooks/advance-order.ts';
import type { Run } from '../domain/runbooks/run.ts';
import type { BusMessage } from '../ports/bus.ts';

/** `nudge` tells apart copies for the same revision, e.g. one sent by the watchdog. */
export function advanceMessage(incidentId: TicketId, run: Run, nudge = ''): BusMessage {
  const order: AdvanceOrder = { schemaVersion: 1, incidentId, run: run.number, revision: run.revision };
  return {
    id: `run-${incidentId}-${run.number}-${run.revision}${nudge}`,
    queue: 'runs',
    sessionId: sessionIdOf(run.resource),
    body: order,
    correlationId: incidentId,
    ...(run.dueAt === undefined ? {} : { dueAt: run.dueAt }),
  };
}
