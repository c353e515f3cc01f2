// The simulated workspace as the real SDK and a bare fetch meet it: what a cluster does, and what the workspace refuses.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DURATION_SECONDS, PINNED_CLUSTERS, START_LAG_SECONDS } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench, call, START } from '../builders/simulated-workspace.ts';

const DOWN = {
  cluster_id: 'down',
  cluster_name: 'Down',
  state: 'TERMINATED',
  terminated_time: START - 3_600_000,
  termination_reason: { code: 'INACTIVITY', type: 'SUCCESS', parameters: { inactivity_duration_min: '60' } },
} as const;
const UP = { cluster_id: 'up', cluster_name: 'Up', state: 'RUNNING', last_restarted_time: START - 7_200_000 } as const;

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({ clusters: [DOWN, UP] });
});
afterEach(() => bench.stop());

const get = (id = 'down') => bench.client.clusters.get({ cluster_id: id });
const stateOf = async (id: string) => (await get(id)).state;

async function eventTypes(id: string): Promise<(string | undefined)[]> {
  const types: (string | undefined)[] = [];
  for await (const event of bench.client.clusters.events({ cluster_id: id, order: 'ASC' })) types.push(event.type);
  return types;
}

describe('L3: a start', () => {
  test('is reported TERMINATED for a moment, then PENDING, then RUNNING, each after its real time', async () => {
    await bench.client.clusters.start({ cluster_id: 'down' });
    expect(await stateOf('down')).toBe('TERMINATED');
    bench.clock.advance(START_LAG_SECONDS);
    expect(await stateOf('down')).toBe('PENDING');
    bench.clock.advance(DURATION_SECONDS.start - START_LAG_SECONDS - 1);
    expect(await stateOf('down')).toBe('PENDING');
    bench.clock.advance(1);
    const up = await get();
    expect(up.state).toBe('RUNNING');
    expect(up.termination_reason).toBeUndefined();
    expect(up.last_restarted_time).toBe(START + DURATION_SECONDS.start * 1000);
    expect(up.terminated_time, 'the last end stays on record').toBe(DOWN.terminated_time);
    expect(up.executors).toHaveLength(2);
    expect(up.driver?.node_id).toBeTruthy();
  });

  test('leaves its events with service-side times, not visible before the state is', async () => {
    const before = (await eventTypes('down')).length;
    await bench.client.clusters.start({ cluster_id: 'down' });
    expect(await eventTypes('down')).toHaveLength(before);
    bench.clock.advance(START_LAG_SECONDS);
    expect((await eventTypes('down')).at(-1)).toBe('STARTING');
    bench.clock.advance(DURATION_SECONDS.start);
    expect((await eventTypes('down')).slice(before)).toEqual(['STARTING', 'RUNNING', 'DRIVER_HEALTHY']);
    const { json } = await bench.call('POST', '/api/2.1/clusters/events', { cluster_id: 'down' });
    expect(json.events[0]).toMatchObject({ type: 'DRIVER_HEALTHY', timestamp: START + DURATION_SECONDS.start * 1000 });
    expect(json.events[2]).toMatchObject({ type: 'STARTING', timestamp: START, details: { user: expect.any(String) } });
  });

  test('a second one is refused although the cluster is still reported TERMINATED', async () => {
    await bench.client.clusters.start({ cluster_id: 'down' });
    const again = await bench.call('POST', '/api/2.1/clusters/start', { cluster_id: 'down' });
    expect(again.status).toBe(400);
    expect(again.json).toMatchObject({
      error_code: 'INVALID_STATE',
      message: 'Cluster down is in unexpected state Pending.',
    });
  });

  test('of a cluster that is going down is refused until it is down', async () => {
    await bench.client.clusters.delete({ cluster_id: 'up' });
    const refused = await bench.call('POST', '/api/2.1/clusters/start', { cluster_id: 'up' });
    expect(refused.json.message).toBe('Cluster up is in unexpected state Terminating.');
    bench.clock.advance(DURATION_SECONDS.terminate);
    expect((await bench.call('POST', '/api/2.1/clusters/start', { cluster_id: 'up' })).status).toBe(200);
  });

  test('of a job cluster is refused', async () => {
    await bench.call('PUT', '/_sim/clusters/job', { state: 'TERMINATED', cluster_source: 'JOB' });
    const refused = await bench.call('POST', '/api/2.1/clusters/start', { cluster_id: 'job' });
    expect(refused).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } });
  });

  test('fails as ordered, once per order, and then succeeds', async () => {
    const stockout = {
      fail: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
      type: 'CLOUD_FAILURE',
      parameters: { azure_error_code: 'SkuNotAvailable' },
      afterSeconds: 20,
    };
    await bench.call('PUT', '/_sim/clusters/down', { onStart: [stockout] });
    await bench.client.clusters.start({ cluster_id: 'down' });
    bench.clock.advance(20);
    expect(await get()).toMatchObject({
      state: 'TERMINATING',
      termination_reason: { code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT' },
    });
    bench.clock.advance(DURATION_SECONDS.terminate);
    const failed = await get();
    expect(failed.termination_reason).toEqual({
      code: stockout.fail,
      type: 'CLOUD_FAILURE',
      parameters: stockout.parameters,
    });
    expect(failed.terminated_time).toBe(START + (20 + DURATION_SECONDS.terminate) * 1000);
    const { json } = await bench.call('POST', '/api/2.1/clusters/events', { cluster_id: 'down', page_size: 1 });
    expect(json.events).toMatchObject([
      { type: 'TERMINATING', timestamp: START + 20_000, details: { reason: { code: stockout.fail } } },
    ]);
    await bench.client.clusters.start({ cluster_id: 'down' });
    bench.clock.advance(DURATION_SECONDS.start);
    expect(await stateOf('down')).toBe('RUNNING');
  });

  test('runs init scripts where there are any', async () => {
    await bench.call('PUT', '/_sim/clusters/down', {
      init_scripts: [{ workspace: { destination: '/Shared/init.sh' } }],
    });
    const before = (await eventTypes('down')).length;
    await bench.client.clusters.start({ cluster_id: 'down' });
    bench.clock.advance(DURATION_SECONDS.start);
    expect((await eventTypes('down')).slice(before)).toEqual([
      'STARTING',
      'INIT_SCRIPTS_STARTED',
      'INIT_SCRIPTS_FINISHED',
      'RUNNING',
      'DRIVER_HEALTHY',
    ]);
  });
});

describe('L3: the other changes of a cluster', () => {
  test('restart is for RUNNING only, takes its time and makes a new driver', async () => {
    const refused = await bench.call('POST', '/api/2.1/clusters/restart', { cluster_id: 'down' });
    expect(refused.json).toMatchObject({
      error_code: 'INVALID_STATE',
      message: 'Cluster down is in unexpected state Terminated.',
    });
    const before = await get('up');
    await bench.client.clusters.restart({ cluster_id: 'up' });
    expect(await stateOf('up')).toBe('RESTARTING');
    bench.clock.advance(DURATION_SECONDS.restart);
    const restarted = await get('up');
    expect(restarted).toMatchObject({
      state: 'RUNNING',
      last_restarted_time: START + DURATION_SECONDS.restart * 1000,
      last_state_loss_time: START,
    });
    expect(restarted.spark_context_id).not.toBe(before.spark_context_id);
    expect(restarted.start_time, 'creation, not start').toBe(before.start_time);
  });

  test('delete terminates with USER_REQUEST and our own name, and does nothing twice', async () => {
    await bench.client.clusters.delete({ cluster_id: 'up' });
    expect(await stateOf('up')).toBe('TERMINATING');
    bench.clock.advance(DURATION_SECONDS.terminate);
    const me = await bench.client.currentUser.me();
    const down = await get('up');
    expect(down).toMatchObject({ state: 'TERMINATED', terminated_time: START + DURATION_SECONDS.terminate * 1000 });
    expect(down.termination_reason).toEqual({
      code: 'USER_REQUEST',
      type: 'SUCCESS',
      parameters: { username: me.userName },
    });
    await bench.client.clusters.delete({ cluster_id: 'up' });
    expect((await get('up')).terminated_time).toBe(down.terminated_time);
  });

  test('resize is for RUNNING only, and the size wanted is shown before it is reached', async () => {
    expect(
      (await bench.call('POST', '/api/2.1/clusters/resize', { cluster_id: 'down', num_workers: 4 })).json.error_code,
    ).toBe('INVALID_STATE');
    await bench.client.clusters.resize({ cluster_id: 'up', num_workers: 4 });
    const resizing = await get('up');
    expect(resizing).toMatchObject({ state: 'RESIZING', num_workers: 4 });
    expect(resizing.executors).toHaveLength(2);
    bench.clock.advance(DURATION_SECONDS.resize);
    expect((await get('up')).executors).toHaveLength(4);
    expect((await eventTypes('up')).slice(-2)).toEqual(['RESIZING', 'UPSIZE_COMPLETED']);
  });

  test('edit needs the whole specification, unsets what it leaves out and restarts a running cluster', async () => {
    await bench.call('PUT', '/_sim/clusters/up', { custom_tags: { team: 'data' } });
    expect(
      (await bench.call('POST', '/api/2.1/clusters/edit', { cluster_id: 'up', num_workers: 1 })).json.message,
    ).toBe('Missing required field: spark_version');
    const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'Standard_DS4_v2', num_workers: 1 };
    await bench.client.clusters.edit({ cluster_id: 'up', ...spec });
    const edited = await get('up');
    expect(edited).toMatchObject({ state: 'RESTARTING', ...spec, spec });
    expect(edited.custom_tags).toBeUndefined();
    await bench.client.clusters.edit({ cluster_id: 'down', ...spec });
    expect(await get()).toMatchObject({ state: 'TERMINATED', node_type_id: 'Standard_DS4_v2' });
    const refused = await bench.call('POST', '/api/2.1/clusters/edit', { cluster_id: 'up', ...spec });
    expect(refused.json.error_code).toBe('INVALID_STATE');
  });

  test('update changes what its mask names and nothing else', async () => {
    await bench.client.clusters.update({
      cluster_id: 'down',
      update_mask: 'azure_attributes.availability,autoscale',
      cluster: {
        azure_attributes: { availability: 'SPOT_WITH_FALLBACK_AZURE' },
        autoscale: { min_workers: 1, max_workers: 3 },
        cluster_name: 'ignored',
      },
    });
    const updated = await get();
    expect(updated.azure_attributes).toMatchObject({ availability: 'SPOT_WITH_FALLBACK_AZURE', first_on_demand: 1 });
    expect(updated).toMatchObject({ autoscale: { min_workers: 1, max_workers: 3 }, cluster_name: 'Down' });
    expect(updated.num_workers, 'automatic scaling replaces the fixed size').toBeUndefined();
    const bad = (update_mask: string) =>
      bench.call('POST', '/api/2.1/clusters/update', { cluster_id: 'down', update_mask, cluster: {} });
    expect((await bad('')).json.message).toBe('Missing required field: update_mask');
    expect((await bad('no_such_field')).json.message).toContain('no_such_field');
    expect((await bad('custom_tags.team')).json.message).toContain('whole collection');
  });

  test('create answers an id at once and the cluster comes up later', async () => {
    const created = await bench.client.clusters.create({
      cluster_name: 'new',
      spark_version: '15.4.x-scala2.12',
      node_type_id: 'Standard_DS3_v2',
      num_workers: 0,
    });
    const id = created.cluster_id ?? '';
    expect(id).toMatch(/^\d{4}-\d{6}-[a-z0-9]{8}$/);
    expect(await get(id)).toMatchObject({ state: 'PENDING', cluster_source: 'API', start_time: START });
    bench.clock.advance(DURATION_SECONDS.start);
    expect(await get(id)).toMatchObject({ state: 'RUNNING', executors: [] });
    expect((await eventTypes(id))[0]).toBe('CREATING');
    expect(
      (
        await bench.call('POST', '/api/2.1/clusters/create', {
          spark_version: '15.4.x-scala2.12',
          node_type_id: 'm5.large',
        })
      ).json.message,
    ).toContain('m5.large');
  });

  test('permanent-delete leaves nothing to do anything with', async () => {
    await bench.client.clusters.permanentDelete({ cluster_id: 'down' });
    for (const path of ['start', 'delete', 'pin']) {
      expect((await bench.call('POST', `/api/2.1/clusters/${path}`, { cluster_id: 'down' })).json.message).toBe(
        'Cluster down does not exist',
      );
    }
    expect((await bench.call('GET', '/api/2.1/clusters/get?cluster_id=down')).status).toBe(400);
  });

  test('pin is limited, unpin makes room', async () => {
    for (let i = 0; i < PINNED_CLUSTERS; i += 1)
      await bench.call('PUT', `/_sim/clusters/pinned-${i}`, { pinned: true });
    expect((await bench.call('POST', '/api/2.1/clusters/pin', { cluster_id: 'up' })).json.error_code).toBe(
      'QUOTA_EXCEEDED',
    );
    await bench.client.clusters.unpin({ cluster_id: 'pinned-0' });
    await bench.client.clusters.pin({ cluster_id: 'up' });
    expect((await eventTypes('up')).at(-1)).toBe('PINNED');
  });
});

test('L3: two workspaces share nothing', async () => {
  const other = await aWorkspace({ clusters: [DOWN] });
  await other.call('POST', '/api/2.1/clusters/start', { cluster_id: 'down' });
  other.clock.advance(DURATION_SECONDS.start);
  expect((await other.client.clusters.get({ cluster_id: 'down' })).state).toBe('RUNNING');
  expect(await stateOf('down')).toBe('TERMINATED');
  expect((await call(`${bench.workspace.url}/_sim/calls`, 'GET')).json).toHaveLength(1);
  await other.stop();
});
