// Changes of a cluster by other people, and what an edit built carelessly loses, as the real SDK meets them.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DURATION_SECONDS } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench } from '../builders/simulated-workspace.ts';

const SPEC = { spark_version: '15.4.x-scala2.12', node_type_id: 'Standard_DS3_v2', num_workers: 2 };

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({
    clusters: [
      { cluster_id: 'down', state: 'TERMINATED', ...SPEC },
      { cluster_id: 'up', ...SPEC },
    ],
  });
});
afterEach(() => bench.stop());

const get = (id: string) => bench.client.clusters.get({ cluster_id: id });

async function lastEvents(id: string, count: number) {
  const { json } = await bench.call('POST', '/api/2.1/clusters/events', { cluster_id: id, page_size: count });
  return (json.events as { type: string; details: Record<string, unknown> }[]).toReversed();
}

describe('E5: somebody else at the cluster', () => {
  const human = (id: string, body: object) => bench.call('POST', `/_sim/clusters/${id}/human`, body);

  test('E5: what a person does stands in the events under their name, with what was before', async () => {
    const body = { ...SPEC, num_workers: 4 };
    expect((await human('up', { action: 'edit', body, user: 'ann@example.com' })).json.state).toBe('RESTARTING');
    expect(await lastEvents('up', 2)).toMatchObject([
      {
        type: 'EDITED',
        details: {
          user: 'ann@example.com',
          attributes: { node_type_id: SPEC.node_type_id },
          cluster_size: { num_workers: 4 },
          previous_cluster_size: { num_workers: 2 },
        },
      },
      { type: 'RESTARTING', details: { user: 'ann@example.com' } },
    ]);
    bench.clock.advance(DURATION_SECONDS.restart);
    await human('up', { action: 'resize', body: { num_workers: 3 }, user: 'ann@example.com' });
    expect(await lastEvents('up', 1)).toMatchObject([
      { type: 'RESIZING', details: { user: 'ann@example.com', cause: 'USER_REQUEST', target_num_workers: 3 } },
    ]);
    bench.clock.advance(DURATION_SECONDS.resize);
    await human('up', { action: 'delete', user: 'ann@example.com' });
    expect((await lastEvents('up', 1))[0]).toMatchObject({ type: 'TERMINATING', details: { user: 'ann@example.com' } });
    bench.clock.advance(DURATION_SECONDS.terminate);
    expect((await get('up')).termination_reason).toEqual({
      code: 'USER_REQUEST',
      type: 'SUCCESS',
      parameters: { username: 'ann@example.com' },
    });
  });

  test('E5: our own calls stand there under our name', async () => {
    await bench.client.clusters.start({ cluster_id: 'down' });
    bench.clock.advance(DURATION_SECONDS.start);
    const { userName } = await bench.client.currentUser.me();
    expect((await lastEvents('down', 3))[0]).toMatchObject({ type: 'STARTING', details: { user: userName } });
  });

  test('E5: the workspace says no to a person as it does to us; an action that does not exist is refused in words', async () => {
    expect((await human('up', { action: 'start' })).json.error).toBe('Cluster up is in unexpected state Running.');
    expect((await human('up', { action: 'dance' })).json.error).toContain('no such action');
    expect((await human('down', { action: 'start' })).status).toBe(200);
    expect((await bench.call('GET', '/_sim/calls')).json, 'no call of ours').toEqual([]);
  });
});

describe('E2: what an edit loses', () => {
  test('E2: the spot policy, auto-termination and tags that are not sent: defaults take their place', async () => {
    await bench.call('PUT', '/_sim/clusters/down', {
      azure_attributes: { availability: 'SPOT_WITH_FALLBACK_AZURE', first_on_demand: 2, spot_bid_max_price: 0.4 },
      autotermination_minutes: 45,
      custom_tags: { cost: 'a' },
    });
    await bench.client.clusters.edit({ cluster_id: 'down', ...SPEC });
    const edited = await get('down');
    expect(edited).toMatchObject({
      azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 1, spot_bid_max_price: -1 },
      autotermination_minutes: 0,
    });
    expect(edited.custom_tags).toBeUndefined();
  });

  test('E2: a field that this SDK does not know is in get, and gone after an edit with all that get said', async () => {
    const flexible = { worker_node_type_flexibility: { alternate_node_type_ids: ['Standard_D4ds_v5'] } };
    await bench.call('PUT', '/_sim/clusters/down', flexible);
    const before = await bench.call('GET', '/api/2.1/clusters/get?cluster_id=down');
    expect(before.json).toMatchObject(flexible);
    await bench.client.clusters.edit({ ...before.json, cluster_id: 'down' });
    const after = await bench.call('GET', '/api/2.1/clusters/get?cluster_id=down');
    expect(after.json.worker_node_type_flexibility).toBeUndefined();
    await bench.call('PUT', '/_sim/clusters/down', flexible);
    await bench.client.clusters.update({ cluster_id: 'down', update_mask: 'num_workers', cluster: { num_workers: 1 } });
    expect((await bench.call('GET', '/api/2.1/clusters/get?cluster_id=down')).json).toMatchObject(flexible);
  });

  test('E2: of a cluster that is down stays down, so the waiter of the SDK throws although it worked', async () => {
    const waiter = await bench.client.clusters.edit({ cluster_id: 'down', ...SPEC, num_workers: 1 });
    await expect(waiter.wait()).rejects.toThrow(/failed to reach RUNNING/);
    expect((await get('down')).num_workers).toBe(1);
  });

  test.each([
    ['a node type nobody has', { node_type_id: 'Standard_ZZ9_v9' }, 'Standard_ZZ9_v9'],
    ['a driver of such a type', { driver_node_type_id: 'Standard_ZZ9_v9' }, 'Standard_ZZ9_v9'],
    ['a runtime that never was', { spark_version: '99.1.x-scala2.12' }, '99.1.x-scala2.12'],
    ['a pool that is not there', { node_type_id: undefined, instance_pool_id: 'nope' }, 'nope'],
  ])('E2: %s is refused at once', async (_what, change, words) => {
    const refused = await bench.call('POST', '/api/2.1/clusters/edit', { cluster_id: 'down', ...SPEC, ...change });
    expect(refused.json.message).toContain(words);
    expect(['INVALID_PARAMETER_VALUE', 'RESOURCE_DOES_NOT_EXIST']).toContain(refused.json.error_code);
    expect(await get('down')).toMatchObject(SPEC);
  });
});

test('E2: node types and runtimes are listed; a runtime out of support is off the list and still starts', async () => {
  const { node_types = [] } = await bench.client.clusters.listNodeTypes();
  expect(node_types.find(({ node_type_id }) => node_type_id === 'Standard_DS4_v2')).toMatchObject({
    num_cores: 8,
    memory_mb: 28_672,
    category: 'General Purpose',
  });
  const { versions = [] } = await bench.client.clusters.sparkVersions();
  const keys = versions.map(({ key }) => key);
  expect(keys).toContain('15.4.x-scala2.12');
  expect(keys).not.toContain('11.3.x-scala2.12');
  await bench.client.clusters.edit({ cluster_id: 'down', ...SPEC, spark_version: '11.3.x-scala2.12' });
  await bench.client.clusters.start({ cluster_id: 'down' });
  bench.clock.advance(DURATION_SECONDS.start);
  expect((await get('down')).state).toBe('RUNNING');
});
