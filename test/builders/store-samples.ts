// Valid values for tests of the stores, each changed only where a test cares.
import type { TimelineEntry } from '../../shared/domain/incidents/timeline.ts';
import type { Attempt, Run, StepRecord } from '../../shared/domain/runbooks/run.ts';
import type { SignalOutcome } from '../../shared/domain/signals/outcome.ts';
import type { BusMessage } from '../../shared/ports/bus.ts';
import type { Change } from '../../shared/ports/incident-store.ts';
import { anIncident } from './incident.ts';

export const AT = '2026-11-20T08:00:00.000Z';

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
