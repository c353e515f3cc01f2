// Stage: a report that a component is well again resolves the incident that waits for exactly that. A run that acts for it finds out by
// itself; while a person has it, it is noted, and counts once that one lets go.
import {
  azureFailureClasses,
  type FailureClass,
  ownFailureClasses,
} from '../../domain/classification/failure-classes.ts';
import { LakewardenError } from '../../domain/errors.ts';
import { alertsAfter, isLastAlert } from '../../domain/incidents/active-alerts.ts';
import { type Incident, isTakenByHuman, type Recovery } from '../../domain/incidents/incident.ts';
import { isMadeGoodBy, takenBackBySuccess } from '../../domain/jobs/made-good.ts';
import { composeMessages } from '../../domain/notification/compose-messages.ts';
import type { ComponentEvent } from '../../domain/signals/component-events.ts';
import { actorOf, failedAtOf } from '../../domain/signals/component-signal.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { ComponentSignal } from '../../domain/signals/signal.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { commitAndHandOver } from '../hand-over.ts';
import { personMessage } from '../person-message.ts';
import { isActedFor, takenBack } from '../take-back.ts';
import { join } from './join.ts';
import type { SignalPorts } from './ports.ts';

/** Which failures each recovery takes back. */
const takesBack: Partial<Record<ComponentEvent, readonly FailureClass[]>> = {
  'cluster.as_before': ['DatabricksClusterMissing'],
  'warehouse.as_before': ['DatabricksWarehouseMissing'],
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
  if (!takesIt(signal, incident)) return await join(ports, signal, file, outcome);
  if (isActedFor(file)) return await join(ports, signal, file, outcome);
  if (isTakenByHuman(incident))
    return await join(ports, signal, file, outcome, isToldAgain(signal) ? undefined : recoveryOf(signal));
  const success = await successOf(ports, signal, incident);
  if (!success) return await join(ports, signal, file, outcome);
  const over = takenBack(ports.clock, file, recoveryOf(signal, success.at));
  const became: SignalOutcome = {
    ...outcome,
    recoveryStatus: 'recovered',
    message: `${incident.id} is resolved. ${over.news.text}`,
  };
  const resolved: Incident = { ...over.incident, ...alertsAfter(signal, incident) };
  const news = { ...over.news, occasion: `signal-${signal.id}` };
  const result = await commitAndHandOver(ports, {
    basis: file,
    incident: resolved,
    runs: over.runs,
    events: over.events,
    outbox: composeMessages(ports.estate, resolved, news, ports.publicUrl).map((message) => personMessage(message)),
    deliveryId: signal.id,
    outcome: became,
    at: ports.clock.now().toISOString(),
  });
  ports.recent.forget(incident.subject);
  return result.committed ? became : (result.outcome ?? became);
}

function recoveryOf(signal: ComponentSignal, at = failedAtOf(signal)): Recovery {
  const { event, id: signalId } = signal;
  return { event, signalId, actor: actorOf(signal), ...(at === undefined ? {} : { at }) };
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

function takesIt(signal: ComponentSignal, incident: Incident): boolean {
  const classes = takesBack[signal.event] ?? [];
  return classes.includes(incident.failureClass) && isLastAlert(signal, incident);
}

/** A success counts by the run that it is of, and the poll tells it again once it is released. */
function isToldAgain({ event }: ComponentSignal): boolean {
  return event === 'jobs.on_success';
}
