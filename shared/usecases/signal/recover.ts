// Stage: a report that a component is well again resolves the incident that waits for exactly that. A run that acts for it finds out by
// itself; one that waits for a person ends with it.
import {
  azureFailureClasses,
  type FailureClass,
  ownFailureClasses,
} from '../../domain/classification/failure-classes.ts';
import { LakewardenError } from '../../domain/errors.ts';
import { alertsAfter, isLastAlert } from '../../domain/incidents/active-alerts.ts';
import { type Incident, isTakenByHuman, moved } from '../../domain/incidents/incident.ts';
import { isMadeGoodBy, takenBackBySuccess } from '../../domain/jobs/made-good.ts';
import { composeMessages } from '../../domain/notification/compose-messages.ts';
import { goesByItself } from '../../domain/runbooks/run.ts';
import type { ComponentEvent } from '../../domain/signals/component-events.ts';
import { actorOf, failedAtOf } from '../../domain/signals/component-signal.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { ComponentSignal } from '../../domain/signals/signal.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { commitAndHandOver } from '../hand-over.ts';
import { endRun } from '../operator/end-run.ts';
import { personMessage } from '../person-message.ts';
import { QUIET_SECONDS } from '../run/pace.ts';
import { join } from './join.ts';
import type { SignalPorts } from './ports.ts';

/** Which failures each recovery takes back. */
const takesBack: Partial<Record<ComponentEvent, readonly FailureClass[]>> = {
  'jobs.on_success': takenBackBySuccess,
  'job.as_before': ['DatabricksJobMissing', 'DatabricksJobChanged'],
  'job.success_rate_normal': ['DatabricksJobSuccessRateLow'],
  'notebook.as_before': ['DatabricksNotebookMissing', 'DatabricksNotebookChanged'],
  'sql_alert.ok': ['DatabricksSqlAlert'],
  'region.recovered': ['AzureRegionDegraded', 'AzureRegionOutage'],
  'azure.over': azureFailureClasses,
  'lakewarden.well': ownFailureClasses,
};

export async function recover(
  ports: SignalPorts,
  signal: ComponentSignal,
  file: IncidentFile,
  outcome: SignalOutcome,
): Promise<SignalOutcome> {
  const { incident } = file;
  if (!isTakenBack(signal, file)) return await join(ports, signal, file, outcome);
  const success = await successOf(ports, signal, incident);
  if (!success) return await join(ports, signal, file, outcome);
  const now = ports.clock.now().toISOString();
  const closesAt = ports.clock.after(QUIET_SECONDS).toISOString();
  const recoveredAt = success.at ?? failedAtOf(signal);
  const ended = endRun(file, {
    because: `${signal.event} was reported`,
    at: now,
    entry: ({ number }) => ({
      type: 'run-aborted',
      actor: 'lakewarden',
      text: `Run ${number} ended: ${signal.event} was reported, nothing is left to do`,
    }),
  });
  const resolved = moved(ended.incident, 'resolved', {
    ...alertsAfter(signal, incident),
    resolvedAt: now,
    closesAt,
    nextDueAt: closesAt,
    ...(recoveredAt === undefined ? {} : { recoveredAt }),
  });
  const text = `Recovered without an act of ours: ${signal.event} was reported`;
  const became: SignalOutcome = {
    ...outcome,
    recoveryStatus: 'recovered',
    message: `${incident.id} is resolved. ${text}.`,
  };
  const news = { kind: 'incident-resolved', text: `${text}.`, occasion: `signal-${signal.id}` } as const;
  const result = await commitAndHandOver(ports, {
    basis: file,
    incident: resolved,
    runs: ended.runs,
    events: [
      ...ended.events,
      { type: 'incident-resolved', actor: actorOf(signal), text, data: { signalId: signal.id } },
    ],
    outbox: composeMessages(ports.estate, resolved, news, ports.publicUrl).map((message) => personMessage(message)),
    deliveryId: signal.id,
    outcome: became,
    at: now,
  });
  ports.recent.forget(incident.subject);
  return result.committed ? became : (result.outcome ?? became);
}

interface Success {
  readonly at?: string | undefined;
}

/** A success of a job counts if it is that of the run that failed, or of one that began later; where that cannot be told it does not. */
async function successOf(
  ports: SignalPorts,
  signal: ComponentSignal,
  incident: Incident,
): Promise<Success | undefined> {
  if (signal.event !== 'jobs.on_success' || signal.kind !== 'job') return {};
  const { workspace } = incident.component;
  const run = workspace !== null && signal.run ? await lookAt(ports, workspace, signal.run.runId, signal) : undefined;
  return run && isMadeGoodBy(incident, run) ? { at: run.end?.at } : undefined;
}

async function lookAt(ports: SignalPorts, workspace: string, runId: string, { receivedAt }: ComponentSignal) {
  try {
    return await ports.looks.run(workspace, runId, receivedAt);
  } catch (error) {
    if (!(error instanceof LakewardenError)) throw error;
    ports.log.warn('run of a success could not be looked at', { workspace, runId, because: error.message });
    return undefined;
  }
}

/** Not while a run acts for it, and not from under the hands of a person. */
function isTakenBack(signal: ComponentSignal, { incident, runs }: IncidentFile): boolean {
  const classes = takesBack[signal.event] ?? [];
  if (!isLastAlert(signal, incident)) return false;
  const isActedFor = runs.some((run) => run.number === incident.activeRun && goesByItself(run));
  return classes.includes(incident.failureClass) && !isActedFor && !isTakenByHuman(incident);
}
