// Instance pools as the real SDK meets them: idle machines, a capacity that clusters run into, and an edit that unsets what it does not send.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DURATION_SECONDS, POOL_AUTOTERMINATION_MINUTES } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench } from '../builders/simulated-workspace.ts';

const RUNTIME = '15.4.x-scala2.12';
const POOL = {
  instance_pool_id: '0322-114546-sim1-pool-7izzz25u',
  instance_pool_name: 'shared',
  node_type_id: 'Standard_DS3_v2',
  min_idle_instances: 2,
  max_capacity: 4,
  idle_instance_autotermination_minutes: 10,
};
const ID = POOL.instance_pool_id;

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({
    pools: [POOL],
    clusters: [
      { cluster_id: 'small', state: 'TERMINATED', instance_pool_id: ID, spark_version: RUNTIME, num_workers: 1 },
      { cluster_id: 'large', state: 'TERMINATED', instance_pool_id: ID, spark_version: RUNTIME, num_workers: 3 },
    ],
  });
});
afterEach(() => bench.stop());

const pool = () => bench.client.instancePools.get({ instance_pool_id: ID });
const cluster = (id: string) => bench.client.clusters.get({ cluster_id: id });
const post = (verb: string, body: object) => bench.call('POST', `/api/2.0/instance-pools/${verb}`, body);

async function started(id: string) {
  await bench.client.clusters.start({ cluster_id: id });
  bench.clock.advance(DURATION_SECONDS.start + DURATION_SECONDS.terminate);
  return cluster(id);
}

describe('E2: a pool and the clusters on it', () => {
  test('E2: a cluster takes idle machines, and the pool gets others up to its minimum', async () => {
    expect((await pool()).stats).toEqual({
      used_count: 0,
      idle_count: 2,
      pending_used_count: 0,
      pending_idle_count: 0,
    });
    await bench.client.clusters.start({ cluster_id: 'small' });
    expect((await pool()).stats).toEqual({
      used_count: 0,
      idle_count: 0,
      pending_used_count: 2,
      pending_idle_count: 2,
    });
    bench.clock.advance(Math.max(DURATION_SECONDS.start, DURATION_SECONDS.poolInstance));
    expect((await pool()).stats).toEqual({
      used_count: 2,
      idle_count: 2,
      pending_used_count: 0,
      pending_idle_count: 0,
    });
  });

  test('E2: what a cluster gives back is idle, until the time for idle machines is over', async () => {
    await started('small');
    await bench.client.clusters.delete({ cluster_id: 'small' });
    bench.clock.advance(DURATION_SECONDS.terminate);
    expect((await pool()).stats).toMatchObject({ used_count: 0, idle_count: 4 });
    bench.clock.advance(POOL.idle_instance_autotermination_minutes * 60);
    expect((await pool()).stats).toMatchObject({ used_count: 0, idle_count: 2 });
  });

  test('E2: a full pool fails the start with its own code, and a larger one lets it through', async () => {
    expect((await started('small')).state).toBe('RUNNING');
    const failed = await started('large');
    expect(failed.termination_reason).toEqual({
      code: 'INSTANCE_POOL_MAX_CAPACITY_REACHED',
      type: 'CLIENT_ERROR',
      parameters: { instance_pool_id: ID, instance_pool_error_code: 'INSTANCE_POOL_MAX_CAPACITY_FAILURE' },
    });
    const { instance_pool_id: _id, ...settings } = POOL;
    await bench.client.instancePools.edit({ ...settings, instance_pool_id: ID, max_capacity: 8 });
    expect((await started('large')).state).toBe('RUNNING');
    expect((await pool()).stats).toMatchObject({ used_count: 6 });
  });

  test('E2: machines taken by others count; a resize that finds none leaves the cluster as it is', async () => {
    await bench.call('PUT', `/_sim/pools/${ID}`, { usedElsewhere: 2, idle: 0, min_idle_instances: 0 });
    expect((await started('small')).state).toBe('RUNNING');
    await bench.client.clusters.resize({ cluster_id: 'small', num_workers: 2 });
    bench.clock.advance(DURATION_SECONDS.resize);
    expect((await cluster('small')).executors).toHaveLength(1);
  });

  test('E2: a pool whose machines are out of stock serves from its idle ones, and says why no others come', async () => {
    await bench.call('POST', '/_sim/obstacles', { obstacle: { kind: 'stockout', node_type_id: POOL.node_type_id } });
    expect((await started('small')).state, 'two idle machines are enough').toBe('RUNNING');
    expect((await pool()).status?.pending_instance_errors).toMatchObject([
      { message: expect.stringContaining('is currently not available') },
    ]);
    await bench.client.instancePools.edit({ ...POOL, max_capacity: 9 });
    expect((await started('large')).termination_reason?.code).toBe('CLOUD_PROVIDER_RESOURCE_STOCKOUT');
    await bench.call('DELETE', '/_sim/obstacles');
    bench.clock.advance(1);
    expect((await pool()).stats?.pending_idle_count).toBe(2);
    expect((await pool()).status?.pending_instance_errors).toBeUndefined();
  });

  test('E2: a pool that was deleted fails the start, and is refused to a new cluster', async () => {
    await bench.client.instancePools.delete({ instance_pool_id: ID });
    expect((await started('small')).termination_reason?.code).toBe('INSTANCE_POOL_NOT_FOUND');
    const refused = await bench.call('POST', '/api/2.1/clusters/create', {
      instance_pool_id: ID,
      spark_version: RUNTIME,
    });
    expect(refused).toMatchObject({ status: 404, json: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
    expect((await post('edit', POOL)).json.message).toContain("Can't find an instance pool with id");
    expect((await bench.call('GET', '/api/2.0/instance-pools/list')).json).toEqual({});
  });

  test('E2: get shows the node type that the pool decides, and an edit that sends it back is refused', async () => {
    const shown = await cluster('small');
    expect(shown).toMatchObject({ node_type_id: POOL.node_type_id, driver_node_type_id: POOL.node_type_id });
    const { spark_version = '', node_type_id = '' } = shown;
    const edited = { cluster_id: 'small', spark_version, instance_pool_id: ID, num_workers: 1 };
    const refused = await bench.call('POST', '/api/2.1/clusters/edit', { ...edited, node_type_id });
    expect(refused.json).toMatchObject({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: "The field 'node_type_id' cannot be supplied when an instance pool ID is provided.",
    });
    expect((await bench.call('POST', '/api/2.1/clusters/edit', edited)).status).toBe(200);
  });
});

describe('L3: what a pool says no to, and what it loses', () => {
  test('L3: an edit unsets what it does not send', async () => {
    await bench.client.instancePools.edit({
      instance_pool_id: ID,
      instance_pool_name: 'renamed',
      node_type_id: POOL.node_type_id,
    });
    const edited = await pool();
    expect(edited).toMatchObject({
      instance_pool_name: 'renamed',
      min_idle_instances: 0,
      idle_instance_autotermination_minutes: POOL_AUTOTERMINATION_MINUTES.default,
    });
    expect(edited.max_capacity).toBeUndefined();
  });

  test.each([
    ['another node type', { node_type_id: 'Standard_DS4_v2' }, 'node type of an instance pool cannot be changed'],
    ['a node type nobody has', { node_type_id: 'Standard_X1' }, 'Standard_X1'],
    ['no name', { instance_pool_name: '' }, 'instance_pool_name'],
    ['a longer name than fits', { instance_pool_name: 'x'.repeat(101) }, '100'],
    ['the name of another', { instance_pool_name: 'other' }, 'already exists'],
    ['more idle than capacity', { min_idle_instances: 9 }, 'max_capacity'],
    ['idle for longer than there are minutes', { idle_instance_autotermination_minutes: 10_001 }, '10000'],
  ])('L3: %s is refused', async (_what, change, words) => {
    await bench.client.instancePools.create({ instance_pool_name: 'other', node_type_id: POOL.node_type_id });
    const refused = await post('edit', { ...POOL, ...change });
    expect(refused).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } });
    expect(refused.json.message).toContain(words);
    expect((await pool()).instance_pool_name).toBe('shared');
  });

  test('L3: created, listed with its figures and gone; forced from outside in the same words', async () => {
    const { instance_pool_id = '' } = await bench.client.instancePools.create({
      instance_pool_name: 'new',
      node_type_id: 'Standard_E8ds_v4',
      min_idle_instances: 1,
    });
    expect(instance_pool_id).toMatch(/^\d{4}-\d{6}-\w+-pool-[a-z0-9]{8}$/);
    bench.clock.advance(DURATION_SECONDS.poolInstance);
    const all: unknown[] = [];
    for await (const one of bench.client.instancePools.list()) all.push([one.instance_pool_name, one.state]);
    expect(all).toEqual([
      ['shared', 'ACTIVE'],
      ['new', 'ACTIVE'],
    ]);
    expect((await bench.call('PUT', '/_sim/pools/x', { capacity: 3 })).json.error).toContain('no such pool');
    expect((await bench.call('PUT', '/_sim/pools/x', { max_capacity: 3 })).json).toMatchObject({ max_capacity: 3 });
    expect((await bench.call('GET', '/_sim/pools')).json).toHaveLength(3);
    expect((await bench.call('DELETE', '/_sim/pools/x')).status).toBe(204);
    expect((await bench.call('GET', '/_sim/pools/x')).status).toBe(404);
  });
});
