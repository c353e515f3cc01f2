// Builds incidents for tests: a cluster of the reference estate whose driver did not answer, unless told otherwise.
import type { Incident } from '../../shared/domain/incidents/incident.ts';
import { ticketId } from '../../shared/domain/incidents/ticket-id.ts';
import { chainStart } from '../../shared/domain/incidents/timeline.ts';

export function anIncident(change: Partial<Incident> = {}): Incident {
  const id = ticketId('20261120', 1);
  const head = chainStart(id);
  return {
    schemaVersion: 1,
    id,
    kind: 'failure',
    subject: 'cluster/databricks-dev/test-cluster-123',
    component: {
      kind: 'cluster',
      id: 'test-cluster-123',
      name: 'Test Cluster',
      workspace: 'databricks-dev',
      listed: true,
    },
    state: 'open',
    failureClass: 'DatabricksDriverNotResponding',
    code: 'DRIVER_UNREACHABLE',
    severity: 'medium',
    title: 'DatabricksDriverNotResponding on cluster Test Cluster',
    openedAt: '2026-11-20T14:00:00.000Z',
    signalCount: 1,
    failureKey: 'databricks-dev/test-cluster-123@unknown#DRIVER_UNREACHABLE',
    opening: {
      recoveryStatus: 'in_progress',
      actionsTaken: ['restart_cluster'],
      message: 'Decided to restart the cluster.',
      decisions: [],
    },
    lastEventSeq: head.seq,
    lastEventHash: head.hash,
    ...change,
  };
}
