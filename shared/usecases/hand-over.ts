// After a commit: hand its messages to the bus, forget them, refresh the projections. Safe to repeat at any point.

import { budgetTurnOf, type Incident } from '../domain/incidents/incident.ts';
import type { Bus, BusMessage } from '../ports/bus.ts';
import type { Change, CommitResult, IncidentFile, IncidentIndex, IncidentStore } from '../ports/incident-store.ts';

export interface HandOverPorts {
  readonly bus: Bus;
  readonly incidents: IncidentStore;
  readonly index: IncidentIndex;
}

/** Commits, then hands over what this change decided. A delivery that was handled before is flushed instead. */
export async function commitAndHandOver(ports: HandOverPorts, change: Change): Promise<CommitResult> {
  const result = await ports.incidents.commit(change);
  if (result.committed) await handOver(ports, result.file, change.outbox ?? []);
  else await flush(ports, change.incident.id);
  return result;
}

/** For a delivery that turns out to be handled: its first handler may have died between commit and hand-over. */
export async function flush(ports: HandOverPorts, id: IncidentFile['incident']['id']): Promise<void> {
  const file = await ports.incidents.load(id);
  if (file) await handOver(ports, file, file.outbox);
}

/**
 * Only a change's own messages are handed over after its commit: what else lies in the outbox is on its way in other hands.
 * `flush` hands over all of it. `before` is the incident before the commit, where the caller knows it.
 * The live row is brought up to date last: until then its old due time brings the watchdog back, whoever dies in between.
 */
export async function handOver(
  ports: HandOverPorts,
  file: IncidentFile,
  messages: readonly BusMessage[],
  before?: Incident,
): Promise<void> {
  await send(ports, file, messages);
  if (!showsTheSame(before, file.incident)) await ports.index.refresh(file.incident);
}

/** Due times count by the minute: a run that looks every few seconds must not write list and live row each time. */
function showsTheSame(before: Incident | undefined, after: Incident): boolean {
  return before !== undefined && face(before) === face(after);
}

function face(incident: Incident): string {
  const { state, failureClass, code, severity, title, signalCount, nextDueAt, resolvedAt, closedAt } = incident;
  return JSON.stringify([
    state,
    failureClass,
    code,
    severity,
    title,
    signalCount,
    nextDueAt?.slice(0, 16),
    resolvedAt,
    closedAt,
    budgetTurnOf(incident),
  ]);
}

async function send(ports: HandOverPorts, file: IncidentFile, messages: readonly BusMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await ports.bus.send(messages);
  await ports.incidents.clearOutbox(
    file.incident.id,
    messages.map(({ id }) => id),
  );
}
