// Machines that cannot be had and configurations that do not start, as the real SDK meets them: told minutes after a 200, with the
// words of Azure, until the obstacle is lifted or somebody asks for something else.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seedsFor } from '../../local/databricks/reference-estate.ts';
import { DURATION_SECONDS } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench, START } from '../builders/simulated-workspace.ts';

const SPEC = { spark_version: '15.4.x-scala2.12', node_type_id: 'Standard_DS3_v2', num_workers: 2 };

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({
    region: 'eastus2',
    clusters: [
      { cluster_id: 'down', state: 'TERMINATED', ...SPEC },
      { cluster_id: 'up', ...SPEC },
    ],
  });
});
afterEach(() => bench.stop());

const get = (id = 'down') => bench.client.clusters.get({ cluster_id: id });
const set = async (obstacle: object, more: object = {}) =>
  (await bench.call('POST', '/_sim/obstacles', { obstacle, ...more })).json.id;
const update = (cluster: object, update_mask = Object.keys(cluster).join(','), id = 'down') =>
  bench.client.clusters.update({ cluster_id: id, update_mask, cluster });
const stockout = { kind: 'stockout', node_type_id: 'Standard_DS3_v2' };

/** Starts it and tells where it ended. */
async function started(id = 'down') {
  await bench.client.clusters.start({ cluster_id: id });
  bench.clock.advance(DURATION_SECONDS.start + DURATION_SECONDS.terminate);
  return get(id);
}

async function events(id: string) {
  const { json } = await bench.call('POST', '/api/2.1/clusters/events', { cluster_id: id, order: 'ASC' });
  return json.events as { type: string; details: Record<string, unknown> }[];
}

describe('E2: a node type that is out of stock', () => {
  test('E2: the start is accepted, fails later with the words of Azure, and goes on failing until another type is asked for', async () => {
    await set(stockout);
    await bench.client.clusters.start({ cluster_id: 'down' });
    bench.clock.advance(DURATION_SECONDS.startFailure - 1);
    expect((await get()).state, 'it looks as if it worked').toBe('PENDING');
    bench.clock.advance(1 + DURATION_SECONDS.terminate);
    const failed = await get();
    expect(failed.termination_reason).toMatchObject({
      code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
      type: 'CLOUD_FAILURE',
    });
    expect(failed.termination_reason?.parameters).toEqual({
      azure_error_code: 'SkuNotAvailable',
      azure_error_message: expect.stringMatching(/Standard_DS3_v2' is currently not available in location 'eastus2'/),
    });
    expect((await events('down')).map(({ type }) => type).slice(-3)).toEqual([
      'STARTING',
      'ADD_NODES_FAILED',
      'TERMINATING',
    ]);
    expect((await started()).state).toBe('TERMINATED');
    await update({ node_type_id: 'Standard_D4ds_v5' });
    expect((await started()).state).toBe('RUNNING');
  });

  test('E2: of which a few are left lets through whoever asks for no more', async () => {
    await set({
      ...stockout,
      nodes: 2,
      azure_error_code: 'ZonalAllocationFailed',
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
    });
    expect((await started()).termination_reason).toMatchObject({
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      parameters: { azure_error_code: 'ZonalAllocationFailed' },
    });
    await update({ num_workers: 1 });
    expect((await started()).state).toBe('RUNNING');
  });

  test('E2: a driver of that type is enough to fail', async () => {
    await set(stockout);
    await update({ node_type_id: 'Standard_D4ds_v5', driver_node_type_id: 'Standard_DS3_v2' });
    expect((await started()).state).toBe('TERMINATED');
  });

  test('E2: spot only: what must be spot fails; on demand, and spot with a fallback, run', async () => {
    await set({ ...stockout, tier: 'spot' });
    const withAvailability = async (availability: string, first_on_demand = 1) => {
      await update({ azure_attributes: { availability, first_on_demand } }, 'azure_attributes');
      const { state } = await started();
      await bench.client.clusters.delete({ cluster_id: 'down' });
      bench.clock.advance(DURATION_SECONDS.terminate);
      return state;
    };
    expect(await withAvailability('SPOT_AZURE')).toBe('TERMINATED');
    expect(await withAvailability('SPOT_WITH_FALLBACK_AZURE')).toBe('RUNNING');
    expect(await withAvailability('ON_DEMAND_AZURE')).toBe('RUNNING');
    expect(await withAvailability('SPOT_AZURE', 3), 'all three are on demand').toBe('RUNNING');
  });

  test('E2: a running cluster that wants more of them stays RUNNING with those it has, and only an event says why', async () => {
    await set(stockout);
    await bench.client.clusters.resize({ cluster_id: 'up', num_workers: 5 });
    bench.clock.advance(DURATION_SECONDS.resize);
    const after = await get('up');
    expect(after).toMatchObject({ state: 'RUNNING', num_workers: 5 });
    expect(after.executors).toHaveLength(2);
    expect((await events('up')).at(-1)).toMatchObject({
      type: 'ADD_NODES_FAILED',
      details: { current_num_workers: 2, target_num_workers: 5, reason: { code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT' } },
    });
    await bench.client.clusters.resize({ cluster_id: 'up', num_workers: 1 });
    bench.clock.advance(DURATION_SECONDS.resize);
    expect((await get('up')).executors, 'fewer need no stock').toHaveLength(1);
  });

  test('E2: a restart keeps its machines; an edit to that type needs new ones, and fails', async () => {
    await set({ ...stockout, node_type_id: 'Standard_DS4_v2' });
    await set(stockout);
    await bench.client.clusters.restart({ cluster_id: 'up' });
    bench.clock.advance(DURATION_SECONDS.restart);
    expect((await get('up')).state).toBe('RUNNING');
    await bench.client.clusters.edit({ cluster_id: 'up', ...SPEC, node_type_id: 'Standard_DS4_v2' });
    bench.clock.advance(DURATION_SECONDS.startFailure + DURATION_SECONDS.terminate);
    expect((await get('up')).state).toBe('TERMINATED');
  });
});

describe('E2: a quota that is used up', () => {
  const quota = { kind: 'quota', family: 'standardDSv2Family', limit: 20, used: 12 };

  test('E2: the message names limit, use and need; fewer cores, or another family, run', async () => {
    await set(quota);
    const failed = await started();
    expect(failed.termination_reason).toMatchObject({ code: 'AZURE_QUOTA_EXCEEDED_EXCEPTION', type: 'CLIENT_ERROR' });
    const { azure_error_code, azure_error_message = '' } = failed.termination_reason?.parameters ?? {};
    expect(azure_error_code).toBe('QuotaExceeded');
    expect(azure_error_message).toContain('exceeding approved standardDSv2Family Cores quota');
    expect(azure_error_message).toMatch(
      /Location: eastus2, Current Limit: 20, Current Usage: 12, Additional Required: 12, \(Minimum\) New Limit Required: 24\./,
    );
    await update({ num_workers: 1 });
    expect((await started()).state).toBe('RUNNING');
  });

  test('E2: of all cores of the region is OperationNotAllowed, and no other family helps', async () => {
    await set({ ...quota, family: 'cores', azure_error_code: 'OperationNotAllowed' });
    await update({ node_type_id: 'Standard_D4ds_v5' });
    expect((await started()).termination_reason).toMatchObject({
      code: 'AZURE_OPERATION_NOT_ALLOWED_EXCEPTION',
      parameters: { azure_error_message: expect.stringContaining('Total Regional Cores quota') },
    });
  });

  test('E2: spot machines count against the quota of spot machines', async () => {
    await set(quota);
    await update({ azure_attributes: { availability: 'SPOT_AZURE', first_on_demand: 1 } }, 'azure_attributes');
    expect((await started()).state).toBe('RUNNING');
  });
});

describe('E2: a configuration that does not start', () => {
  test('E2: a value that Spark does not take is accepted by the edit, fails each start, and is gone with the value', async () => {
    await set({ kind: 'configuration', field: ['spark_conf', 'spark.driver.memory'], value: 'lots' });
    expect((await started()).state).toBe('RUNNING');
    await bench.client.clusters.edit({ cluster_id: 'down', ...SPEC, spark_conf: { 'spark.driver.memory': 'lots' } });
    bench.clock.advance(DURATION_SECONDS.startFailure + DURATION_SECONDS.terminate);
    const failed = await get();
    expect(failed).toMatchObject({
      state: 'TERMINATED',
      termination_reason: { code: 'INVALID_ARGUMENT', type: 'CLIENT_ERROR' },
    });
    expect(failed.termination_reason?.parameters?.databricks_error_message).toContain('spark.driver.memory');
    expect((await started()).state).toBe('TERMINATED');
    await bench.client.clusters.edit({ cluster_id: 'down', ...SPEC });
    expect((await started()).state).toBe('RUNNING');
  });

  test('E2: an init script that fails does so where it runs', async () => {
    await set({ kind: 'init-script', destination: '/Shared/broken.sh' });
    await update({ init_scripts: [{ workspace: { destination: '/Shared/broken.sh' } }] });
    expect(await started()).toMatchObject({
      state: 'TERMINATED',
      termination_reason: {
        code: 'INIT_SCRIPT_FAILURE',
        parameters: { databricks_error_message: expect.stringContaining('/Shared/broken.sh failed') },
      },
    });
    expect((await events('down')).map(({ type }) => type).slice(-2)).toEqual(['INIT_SCRIPTS_STARTED', 'TERMINATING']);
    await update({ init_scripts: [{ workspace: { destination: '/Shared/good.sh' } }] });
    expect((await started()).state).toBe('RUNNING');
  });

  test('E2: nodes that do not answer are given up late; the next start succeeds for who waits longer than usual', async () => {
    const slow = DURATION_SECONDS.start * 4;
    await bench.call('PUT', '/_sim/clusters/down', {
      onStart: [{ fail: 'BOOTSTRAP_TIMEOUT' }, { afterSeconds: slow }],
    });
    await bench.client.clusters.start({ cluster_id: 'down' });
    bench.clock.advance(DURATION_SECONDS.bootstrapTimeout - 1);
    expect((await get()).state).toBe('PENDING');
    bench.clock.advance(1 + DURATION_SECONDS.terminate);
    expect((await get()).termination_reason?.code).toBe('BOOTSTRAP_TIMEOUT');
    expect((await started()).state).toBe('PENDING');
    bench.clock.advance(slow);
    expect((await get()).state).toBe('RUNNING');
    await bench.client.clusters.delete({ cluster_id: 'down' });
    bench.clock.advance(DURATION_SECONDS.terminate);
    expect((await started()).state).toBe('RUNNING');
  });
});

describe('C1: the Analytics Cluster of the reference estate runs out of capacity', () => {
  const ID = 'test-cluster-456';
  beforeEach(async () => {
    await bench.stop();
    bench = await aWorkspace({ ...seedsFor(undefined, 'primary', START), region: 'eastus2' });
    const parameters = { region: 'eastus2' };
    await bench.call('POST', `/_sim/clusters/${ID}/crash`, { code: 'INSUFFICIENT_INSTANCE_CAPACITY', parameters });
    await set({ ...stockout, nodes: 2 });
    bench.clock.advance(DURATION_SECONDS.terminate);
  });

  test('C1: it went down for that reason, and a plain start fails', async () => {
    expect(await get(ID)).toMatchObject({
      cluster_name: 'Analytics Cluster',
      state: 'TERMINATED',
      termination_reason: {
        code: 'INSUFFICIENT_INSTANCE_CAPACITY',
        type: 'CLOUD_FAILURE',
        parameters: { region: 'eastus2' },
      },
    });
    expect((await started(ID)).termination_reason?.code).toBe('CLOUD_PROVIDER_RESOURCE_STOCKOUT');
  });

  test('C1: with fewer workers it runs', async () => {
    await update({ num_workers: 1 }, 'num_workers', ID);
    expect(await started(ID)).toMatchObject({ state: 'RUNNING', num_workers: 1 });
  });

  test('C1: with another type of machine it runs', async () => {
    await update({ node_type_id: 'Standard_D4ds_v5' }, 'node_type_id', ID);
    expect(await started(ID)).toMatchObject({ state: 'RUNNING', node_type_id: 'Standard_D4ds_v5' });
  });
});

describe('L3: obstacles', () => {
  test('L3: are listed with their hits, and end by count, by time or by hand', async () => {
    const twice = await set(stockout, { times: 2 });
    await started();
    expect((await bench.call('GET', '/_sim/obstacles')).json).toMatchObject([{ id: twice, left: 1, hits: 1 }]);
    await started();
    expect((await started()).state).toBe('RUNNING');
    await set(stockout, { forSeconds: 60 });
    bench.clock.advance(60);
    expect((await bench.call('GET', '/_sim/obstacles')).json).toEqual([]);
    const third = await set(stockout);
    expect((await bench.call('DELETE', `/_sim/obstacles/${third}`)).status).toBe(204);
    expect((await bench.call('DELETE', `/_sim/obstacles/${third}`)).status).toBe(404);
    await set(stockout);
    await bench.call('DELETE', '/_sim/obstacles');
    expect((await bench.call('GET', '/_sim/obstacles')).json).toEqual([]);
  });

  test.each([
    ['no obstacle', {}],
    ['an unknown kind', { obstacle: { kind: 'fire' } }],
    ['a misspelt field', { obstacle: { ...stockout, node: 3 } }],
    ['a quota without figures', { obstacle: { kind: 'quota', family: 'cores' } }],
  ])('L3: %s is refused in words', async (_what, rule) => {
    const refused = await bench.call('POST', '/_sim/obstacles', rule);
    expect(refused).toMatchObject({ status: 400, json: { error: expect.stringContaining('no such obstacle') } });
  });

  test('L3: a call that the workspace refuses does not use one up', async () => {
    await set(stockout, { times: 1 });
    expect((await bench.call('POST', '/api/2.1/clusters/start', { cluster_id: 'up' })).status).toBe(400);
    expect((await bench.call('GET', '/_sim/obstacles')).json).toMatchObject([{ hits: 0 }]);
  });
});
