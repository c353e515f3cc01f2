// Bodies of every schema that an action group sends, and variants that the facts describe, each with where it ends in the reference estate
// (East US works, West US 2 takes over). Recorded ones are in test/fixtures/payloads/azure.
import { common } from './azure-bodies.ts';
import { alertRows } from './azure-corpus-alerts.ts';
import { serviceHealthRows } from './azure-corpus-health.ts';
import { type CorpusRow, type Ending, recorded } from './azure-corpus-row.ts';

const stranger: Ending = { opens: 'UnclassifiedAlert', subject: /^azure-alert\/unclassified-/ };

const otherRows: readonly CorpusRow[] = [
  {
    name: 'a service that nobody knows',
    body: common({ monitoringService: 'Quantum Alerts', signalType: 'Quantum' }, { spin: 'up' }),
    ends: stranger,
  },
  { name: 'an object of a stranger', body: { title: 'Disk is full', host: 'x' }, ends: stranger },
  { name: 'an object of nothing but numbers', body: { a: 1, b: [2, 3] }, ends: stranger },
  { name: 'a stranger that is over', body: { title: 'Disk is full', state: 'ok' }, ends: recorded('is-resolved') },
  {
    name: 'a schema id and nothing else',
    body: { schemaId: 'azureMonitorCommonAlertSchema', data: {} },
    ends: stranger,
  },
  {
    name: 'names of Object.prototype',
    body: JSON.parse('{"__proto__":{"essentials":{}},"constructor":"x","toString":1}'),
    ends: stranger,
  },
  {
    name: 'a cluster event at the wrong door',
    body: { event: 'cluster.terminated', cluster: { cluster_id: 'test-cluster-123' } },
    ends: { kind: 'cluster' },
  },
  {
    name: 'a job notification at the wrong door',
    body: { event_type: 'jobs.on_failure', workspace_id: '1', job: { job_id: '42' }, run: { run_id: '7' } },
    ends: { kind: 'job' },
  },
  { name: 'a ping', body: { event: 'test' }, ends: { kind: 'test' } },
  {
    name: 'a SQL alert',
    body: {
      event: 'alert_state_change',
      alert: { title: '[Alert] x changed status to TRIGGERED', alert: { id: 'a-1', name: 'x' } },
    },
    ends: { kind: 'sql-alert' },
  },
  ...[[], [[]], [1, 'a', null], {}, 'alert', 42, null, true, { records: [] }, [{}], { a: null, b: '' }].map(
    (body): CorpusRow => ({
      name: JSON.stringify(body),
      body,
      ends: { refused: 'InvalidInput' },
    }),
  ),
];

export const azureCorpus: readonly CorpusRow[] = [...serviceHealthRows, ...alertRows, ...otherRows];
