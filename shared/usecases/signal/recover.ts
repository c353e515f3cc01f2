// Stage: a report that a component is well again resolves the incident that waits for exactly that. A run that acts for it finds out by itself.
import { type FailureClass, ownFailureClasses } from '../../domain/classification/failure-classes.ts';
import { type Incident, isTakenByHuman, moved } from '../../domain/incidents/incident.ts';
import { composeMessages } from '../../domain/notification/compose-messages.ts';
import type { ComponentEvent } from '../../domain/signals/component-events.ts';
import { actorOf, failedAtOf } from '../../domain/signals/component-signal.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { ComponentSignal } from '../../domain/signals/signal.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { commitAndHandOver } from '../hand-over.ts';
import { personMessage } from '../person-message.ts';
import { QUIET_SECONDS } from '../run/pace.ts';
import { join } from './join.ts';
import type { SignalPorts } from './ports.ts';

/** Which failures each recovery takes back. */
const takesBack: Partial<Record<ComponentEvent, readonly FailureClass[]>> = {
  'jobs.on_success': ['DatabricksJobFailed', 'DatabricksJobSlow', 'DatabricksStreamingBacklog'],
  'job.as_before': ['DatabricksJobMissing', 'DatabricksJobChanged'],
  'job.success_rate_normal': ['DatabricksJobSuccessRateLow'],
  'notebook.as_before': ['DatabricksNotebookMissing', 'DatabricksNotebookChanged'],
  'sql_alert.ok': ['DatabricksSqlAlert'],
  'lakewarden.well': ownFailureClasses,
};

export async function recover(
  ports: SignalPorts,
  signal: ComponentSignal,
  file: IncidentFile,
  outcome: SignalOutcome,
): Promise<SignalOutcome> {
  const { incident } = file;
  if (!isTakenBack(signal, incident)) return await join(ports, signal, file, outcome);
  const now = ports.clock.now().toISOString();
  const closesAt = ports.clock.after(QUIET_SECONDS).toISOString();
  const recoveredAt = failedAtOf(signal);
  const resolved = moved(incident, 'resolved', {
    resolvedAt: now,
    closesAt,
    nextDueAt: closesAt,
    ...(recoveredAt === undefined ? {} : { recoveredAt }),
  });
  const text = `Recovered without an act of ours: ${signal.event} was reported`;
  const news = { kind: 'incident-resolved', text: `${text}.`, occasion: `signal-${signal.id}` } as const;
  const result = await commitAndHandOver(ports, {
    basis: file,
    incident: resolved,
    events: [{ type: 'incident-resolved', actor: actorOf(signal), text, data: { signalId: signal.id } }],
    outbox: composeMessages(ports.estate, resolved, news, ports.publicUrl).map((message) => personMessage(message)),
    deliveryId: signal.id,
    outcome,
    at: now,
  });
  ports.recent.forget(incident.subject);
  return result.committed ? outcome : (result.outcome ?? outcome);
}

/** Not while a run acts for it, and not from under the hands of a person. */
function isTakenBack({ event }: ComponentSignal, incident: Incident): boolean {
  const classes = takesBack[event] ?? [];
  return classes.includes(incident.failureClass) && incident.activeRun === undefined && !isTakenByHuman(incident);
}
