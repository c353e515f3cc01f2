// The reference estate holds what the table of the requirements says, and its reference page names every member there is.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { channelSchema } from '../../../../shared/adapters/channels/index.ts';
import { estateSchema } from '../../../../shared/domain/estate/estate.ts';
import { estateOf, referenceText } from '../../../builders/estate-text.ts';

const estate = estateOf(referenceText());
const [pair] = estate.pairs;
if (!pair) throw new Error('the reference estate has no pair');

test('L4: the reference estate is valid and has one pair with its objectives', () => {
  expect(estate.pairs).toHaveLength(1);
  expect(pair).toMatchObject({ objectives: { rtoHours: 4, rpoHours: 1 }, unityCatalog: false });
});

test('L4: both workspaces are where the requirements say', () => {
  expect(pair.primary).toMatchObject({
    name: 'databricks-dev',
    region: 'eastus',
    resourceGroup: 'rg-databricks-dev',
    url: 'https://databricks-dev.azuredatabricks.net',
    terraform: { variablesFile: 'environments/dev.tfvars' },
    criticalNotebookFolders: ['/Shared/setup', '/Shared/monitoring'],
  });
  expect(pair.dr).toMatchObject({
    name: 'databricks-dr',
    region: 'westus2',
    resourceGroup: 'rg-databricks-dr',
    managedResourceGroup: 'rg-databricks-dr-managed',
    url: 'https://databricks-dr.azuredatabricks.net',
    sku: 'premium',
    runtime: '11.3.x-scala2.12',
    terraform: { variablesFile: 'environments/dr.tfvars' },
  });
});

test('E8: inference, monitoring and the two test clusters may be repaired automatically', () => {
  const clusters = pair.primary.components.filter(({ kind }) => kind === 'cluster');
  expect(clusters.map(({ id, name, autonomy }) => [id, name, autonomy])).toEqual([
    ['0424-035941-pl8ku9sr', 'inference', 'auto'],
    ['0424-043008-so9kse51', 'monitoring', 'auto'],
    ['test-cluster-123', 'Test Cluster', 'auto'],
    ['test-cluster-456', 'Analytics Cluster', 'auto'],
  ]);
  expect(estate.autonomy).toEqual({ default: 'approve', unlisted: 'approve' });
});

test('L4: warehouses, notebooks and Terraform addresses are those of the requirements', () => {
  const others = pair.primary.components.filter(({ kind }) => kind !== 'cluster');
  expect(others.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    'warehouse f24fd0345a24b381',
    'warehouse 9e61e3e42423aabc',
    'notebook /Shared/setup/create_inference_database',
    'job 412508634217801',
    'job 412508634217802',
  ]);
  const addresses = pair.primary.components.flatMap(({ terraformAddress }) => terraformAddress ?? []);
  expect(addresses).toEqual([
    'module.compute.databricks_cluster.inference_cluster',
    'module.compute.databricks_sql_endpoint.inference_warehouse',
    'module.inference.databricks_notebook.create_inference_database',
  ]);
});

test('L4: the DR workspace has a standby cluster, its notebooks, and warehouses only in a failover', () => {
  const [standby, ...notebooks] = pair.dr.components;
  expect(standby).toMatchObject({
    kind: 'cluster',
    nodeType: 'Standard_DS3_v2',
    workers: 0,
    autoTerminationMinutes: 10,
  });
  expect(notebooks.map(({ id }) => id)).toEqual([
    '/Shared/dr/replicate_data',
    '/Shared/dr/failover',
    '/Shared/dr/failback_sync',
  ]);
  expect(pair.onFailover).toEqual({ warehouses: { size: '2X-Small', autoStopMinutes: 30 } });
});

test('L4: replication, backup and routing are those of the requirements', () => {
  expect(pair.replication).toEqual({
    provider: 'diy',
    intervalMinutes: 60,
    tables: [
      'inference_db.model_predictions',
      'inference_db.model_registry',
      'monitoring_db.cluster_metrics',
      'monitoring_db.job_metrics',
      'monitoring_db.query_metrics',
    ],
  });
  expect(pair.drStorage).toEqual({
    account: 'drbkpdatabricksdev',
    redundancy: 'ZRS',
    hierarchicalNamespace: true,
    container: 'backup',
  });
  expect(pair.routing?.frontDoor).toMatchObject({
    name: 'databricks-fd',
    resourceGroup: 'rg-databricks-dr',
    rule: 'default-rule',
    backendPool: 'dr-backend-pool',
  });
});

test('J2: every role has two people, and the DevOps engineer on call is reached over both channels', () => {
  expect(Object.keys(estate.contacts).sort()).toEqual([
    'application-owner',
    'cto',
    'data-engineer',
    'devops-engineer',
    'dr-lead',
    'executive-sponsor',
    'executive-team',
    'network-engineer',
  ]);
  expect(estate.contacts['devops-engineer'].primary.channels).toEqual(['operations', 'log']);
  expect(estate.channels).toEqual([
    { name: 'operations', type: 'slack', urlSetting: 'SLACK_WEBHOOK_URL' },
    { name: 'log', type: 'webhook', urlSetting: 'WEBHOOK_URL' },
  ]);
});

test('L4: the reference page names every member of the schema', () => {
  const page = readFileSync(new URL('../../../../docs/reference/estate.md', import.meta.url), 'utf8');
  const members = membersOf(z.toJSONSchema(estateSchema(channelSchema), { io: 'input', unrepresentable: 'any' }));
  expect(members).toContain('criticalNotebookFolders');
  expect(members.filter((member) => !page.includes(`\`${member}\``) && !page.includes(`"${member}"`))).toEqual([]);
});

/** Names of all properties anywhere in a JSON schema. */
function membersOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own =
    'properties' in schema && typeof schema.properties === 'object' ? Object.keys(schema.properties ?? {}) : [];
  return [...new Set([...own, ...Object.values(schema).flatMap(membersOf)])];
}
