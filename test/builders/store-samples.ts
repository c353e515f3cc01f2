// Valid values for tests of the stores, each changed only where a test cares.
import type { Incident } from '../../shared/domain/incidents/incident.ts';
import { ticketId } from '../../shared/domain/incidents/ticket-id.ts';
import type { TimelineEntry } from '../../shared/domain/incidents/timeline.ts';
import type { Attempt, Run, StepRecord } from '../../shared/domain/runbooks/run.ts';
import type { SignalOutcome } from '../../shared/domain/signals/outcome.ts';
import type { BusMessage } from '../../shared/ports/bus.ts';
import type { Change } from '../../shared/ports/incident-store.ts';

export const AT = '2026-11-20T08:00:00.000Z';

export function anIncident(change: Partial<Incident> = {}): Incident {
  return {
    schemaVersion: 1,
    id: ticketId('20261120', 1),
    kind: 'failure',
    subject: 'cluster/databricks-dev/0424-035941-pl8ku9sr',
    component: { kind: 'cluster', id: '0424-035941-pl8ku9sr', workspace: 'databricks-dev', listed: true },
    state: 'open',
    failureClass: 'DatabricksDriverNotResponding',
    code: 'DRIVER_UNREACHABLE',
    severity: 'medium',
    title: 'Cluster inference: the driver does not answer',
    openedAt: AT,
    signalCount: 1,
    failureKey: 'databricks-dev/0424-035941-pl8ku9sr/2026-11-20T07:59:30Z/DRIVER_UNREACHABLE',
    opening: { recoveryStatus: 'in_progress', actionsTaken: ['restart_cluster'], message: 'restarting', decisions: [] },
    lastEventSeq: 0,
    lastEventHash: '',
    ...change,
  };
}

export function anEvent(change: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    type: 'incident-opened',
    actor: 'lakewarden',
    text: 'opened',
    data: { code: 'DRIVER_UNREACHABLE' },
    ...change,
  };
}

export function aRun(change: Partial<Run> = {}): Run {
  return {
    schemaVersion: 1,
    number: 1,
    runbook: 'driver-not-responding',
    runbookVersion: 1,
    resource: 'cluster/databricks-dev/0424-035941-pl8ku9sr',
    workspace: 'databricks-dev',
    state: { name: 'running' },
    revision: 1,
    position: 1,
    unavailableInARow: 0,
    startedAt: AT,
    deadlineAt: '2026-11-20T08:30:00.000Z',
    ...change,
  };
}

export function aStep(change: Partial<StepRecord> = {}): StepRecord {
  return {
    schemaVersion: 1,
    run: 1,
    position: 1,
    id: 'restart-cluster',
    title: 'Restart the cluster',
    params: { timeoutSeconds: 600 },
    maxAttempts: 2,
    state: 'pending',
    attempts: 0,
    notes: {},
    ...change,
  };
}

export function anAttempt(change: Partial<Attempt> = {}): Attempt {
  const until = '2026-11-20T08:00:30.000Z';
  return { schemaVersion: 1, run: 1, position: 1, number: 1, owner: 'instance-a', until, seen: null, ...change };
}

export function aBusMessage(change: Partial<BusMessage> = {}): BusMessage {
  const session = 'cluster/databricks-dev/0424-035941-pl8ku9sr';
  return { id: 'run-RCA-20261120-001-1-1', queue: 'runs', sessionId: session, body: { revision: 1 }, ...change };
}

/** The first change of an incident. */
export function anOpening(change: Partial<Change> = {}): Change {
  return { basis: 'new', incident: anIncident(), events: [anEvent()], at: AT, ...change };
}

export function anOutcome(change: Partial<SignalOutcome> = {}): SignalOutcome {
  return {
    signalId: 'sig-01HZZZZZZZZZZZZZZZZZZZZZZZ',
    decidedAt: AT,
    subject: 'cluster/databricks-dev/0424-035941-pl8ku9sr',
    ticketId: 'RCA-20261120-001',
    errorType: 'DatabricksDriverNotResponding',
    recoveryStatus: 'in_progress',
    actionsTaken: ['restart_cluster'],
    message: 'The driver does not answer; the cluster is being restarted.',
    ended: 'opened',
    decisions: [
      { stage: 'classify', decision: 'failure', because: 'DRIVER_UNREACHABLE', evidence: { type: 'CLIENT_ERROR' } },
    ],
    ...change,
  };
}
