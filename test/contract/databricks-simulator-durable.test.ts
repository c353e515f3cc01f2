// What the simulators keep over a kill, in durable mode: a workspace that forgets its clusters would make every recovery meaningless.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { DURATION_SECONDS } from '../../local/databricks/refusals.ts';
import { type SimulatedWorkspace, startWorkspace } from '../../local/databricks/workspace.ts';
import { type KeptMap, openKeptMap } from '../../local/durable/kept-map.ts';
import { startMessageSink } from '../../local/messages/message-sink.ts';
import { call, type ManualClock, manualClock, START, TOKEN } from '../builders/simulated-workspace.ts';

const CLUSTERS = [
  { cluster_id: 'down', state: 'TERMINATED', terminated_time: START - 3_600_000 },
  { cluster_id: 'up', state: 'RUNNING' },
  { cluster_id: 'unwanted', state: 'TERMINATED', terminated_time: START - 3_600_000 },
] as const;
const WAREHOUSE = { id: 'w', name: 'W', state: 'STOPPED' } as const;

let dir: string;
let clock: ManualClock;
let lives: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'simulators-'));
  clock = manualClock();
  lives = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));

/** The state as it is on disk at this moment, which is all that a kill leaves, for another life. */
function keptNow(): KeptMap {
  const file = (life: number) => join(dir, `${life}.log`);
  lives += 1;
  if (lives > 1) cpSync(file(lives - 1), file(lives));
  return openKeptMap(file(lives));
}

async function aLife(): Promise<SimulatedWorkspace> {
  const workspace = await startWorkspace({
    token: TOKEN,
    clock,
    clusters: CLUSTERS,
    warehouses: [WAREHOUSE],
    pools: [{ instance_pool_id: 'gone' }],
    kept: keptNow(),
  });
  onTestFinished(() => workspace.stop());
  return workspace;
}

function ask({ url }: SimulatedWorkspace, method: string, path: string, body?: unknown) {
  return call(url + path, method, body, { authorization: `Bearer ${TOKEN}` });
}

async function clusterOf(workspace: SimulatedWorkspace, id: string) {
  return (await ask(workspace, 'GET', `/api/2.1/clusters/get?cluster_id=${id}`)).json;
}

describe('L3: a workspace that was killed', () => {
  test('L3: a cluster on its way up comes up meanwhile, and its events tell one start', async () => {
    const before = await aLife();
    await ask(before, 'POST', '/api/2.1/clusters/start', { cluster_id: 'down' });
    clock.advance(DURATION_SECONDS.start);
    const after = await aLife();
    expect(await clusterOf(after, 'down')).toMatchObject({
      state: 'RUNNING',
      last_restarted_time: START + DURATION_SECONDS.start * 1_000,
    });
    const { json } = await ask(after, 'POST', '/api/2.1/clusters/events', { cluster_id: 'down' });
    expect(json.events.map(({ type }: { type: string }) => type)).toEqual([
      'DRIVER_HEALTHY',
      'RUNNING',
      'STARTING',
      'TERMINATING',
      'CREATING',
    ]);
  });

  test('L3: its log of calls goes on, with the statuses they were answered with', async () => {
    const before = await aLife();
    await ask(before, 'POST', '/api/2.1/clusters/start', { cluster_id: 'down' });
    await ask(before, 'POST', '/api/2.1/clusters/start', { cluster_id: 'down' });
    const after = await aLife();
    await clusterOf(after, 'down');
    const { json } = await ask(after, 'GET', '/_sim/calls');
    expect(json.map(({ path, status }: { path: string; status: number }) => [path, status])).toEqual([
      ['/api/2.1/clusters/start', 200],
      ['/api/2.1/clusters/start', 400],
      ['/api/2.1/clusters/get?cluster_id=down', 200],
    ]);
    await ask(after, 'DELETE', '/_sim/calls');
    expect((await ask(await aLife(), 'GET', '/_sim/calls')).json).toEqual([]);
  });

  test('L3: a call that is answered while others have been written meanwhile keeps the status it got', async () => {
    const before = await aLife();
    const waiting = ask(before, 'POST', '/api/2.0/sql/statements', { warehouse_id: 'w', statement: 'SELECT 1' });
    const isAsked = async () => (await ask(before, 'GET', '/_sim/calls')).json.length === 1;
    while (!(await isAsked()));
    await clusterOf(before, 'up');
    clock.advance(DURATION_SECONDS.warehouseStart);
    expect((await waiting).status).toBe(200);
    const { json } = await ask(await aLife(), 'GET', '/_sim/calls');
    expect(json.map(({ status }: { status: number }) => status)).toEqual([200, 200]);
  });

  test('L3: what happened although no answer came has happened', async () => {
    const before = await aLife();
    await ask(before, 'POST', '/_sim/faults', { fault: { kind: 'lost-answer' }, times: 1 });
    await expect(ask(before, 'POST', '/api/2.1/clusters/start', { cluster_id: 'down' })).rejects.toThrow();
    clock.advance(DURATION_SECONDS.start);
    expect((await clusterOf(await aLife(), 'down')).state).toBe('RUNNING');
  });

  test('L3: crashes, orders for the next start, deletions, permissions and warehouses are as they were', async () => {
    const before = await aLife();
    await ask(before, 'POST', '/_sim/clusters/up/crash', { code: 'DRIVER_UNREACHABLE' });
    await ask(before, 'PUT', '/_sim/clusters/down', { onStart: [{ fail: 'AZURE_QUOTA_EXCEEDED_EXCEPTION' }] });
    await ask(before, 'POST', '/api/2.1/clusters/permanent-delete', { cluster_id: 'unwanted' });
    await ask(before, 'POST', '/api/2.0/sql/warehouses/w/start');
    const list = { access_control_list: [{ user_name: 'me', permission_level: 'CAN_RESTART' }] };
    await ask(before, 'PUT', '/api/2.0/permissions/clusters/down', list);
    clock.advance(DURATION_SECONDS.terminate);

    const after = await aLife();
    expect(await clusterOf(after, 'up')).toMatchObject({
      state: 'TERMINATED',
      termination_reason: { code: 'DRIVER_UNREACHABLE' },
    });
    expect((await ask(after, 'GET', '/_sim/clusters/down')).json.onStart).toHaveLength(1);
    expect((await ask(after, 'GET', '/api/2.1/clusters/get?cluster_id=unwanted')).status).toBe(400);
    const permissions = await ask(after, 'GET', '/api/2.0/permissions/clusters/down');
    expect(permissions.json.access_control_list[0]).toMatchObject({ user_name: 'me' });
    clock.advance(DURATION_SECONDS.warehouseStart);
    expect((await ask(after, 'GET', '/api/2.0/sql/warehouses/w')).json.state).toBe('RUNNING');
  });
});

describe('L3: machines and warehouses of a workspace that was killed', () => {
  test('L3: obstacles with what they have left, pools with their machines and tables with their failures are as they were', async () => {
    const before = await aLife();
    const obstacle = { kind: 'stockout', node_type_id: 'Standard_DS3_v2' };
    await ask(before, 'POST', '/_sim/obstacles', { obstacle, times: 2 });
    await ask(before, 'PUT', '/_sim/pools/p', { max_capacity: 5, min_idle_instances: 1, idle: 3 });
    await ask(before, 'PUT', '/_sim/tables/a.b', { columns: [{ name: 'x', type: 'INT' }], failure: 'broken' });
    await ask(before, 'POST', '/api/2.1/clusters/start', { cluster_id: 'down' });

    await ask(before, 'POST', '/api/2.0/instance-pools/delete', { instance_pool_id: 'gone' });
    const after = await aLife();
    expect((await ask(after, 'GET', '/_sim/pools/gone')).status).toBe(404);
    expect((await ask(after, 'GET', '/_sim/obstacles')).json).toMatchObject([{ obstacle, left: 1, hits: 1 }]);
    expect((await ask(after, 'GET', '/_sim/pools/p')).json).toMatchObject({
      max_capacity: 5,
      stats: { idle_count: 3 },
    });
    expect((await ask(after, 'GET', '/_sim/tables')).json).toMatchObject({ 'a.b': { failure: 'broken' } });
    clock.advance(DURATION_SECONDS.startFailure + DURATION_SECONDS.terminate);
    expect((await clusterOf(after, 'down')).termination_reason.code).toBe('CLOUD_PROVIDER_RESOURCE_STOCKOUT');
  });

  test('L3: a warehouse keeps its settings, its orders and its failure; one that was removed is not seeded anew', async () => {
    const before = await aLife();
    await ask(before, 'POST', '/api/2.0/sql/warehouses/w/edit', { cluster_size: 'Large', max_num_clusters: 4 });
    const onStart = [{ fail: 'CLOUD_PROVIDER_LAUNCH_FAILURE' }];
    await ask(before, 'PUT', '/_sim/warehouses/w', { onStart, queries: { mode: 'hang' } });
    await ask(before, 'POST', '/api/2.0/sql/warehouses/w/start');

    const between = await aLife();
    clock.advance(DURATION_SECONDS.startFailure + DURATION_SECONDS.warehouseRetries);
    expect((await ask(between, 'GET', '/_sim/warehouses/w')).json).toMatchObject({
      state: 'STOPPED',
      cluster_size: 'Large',
      max_num_clusters: 4,
      health: { status: 'FAILED' },
      onStart: [],
      queries: { mode: 'hang' },
    });
    await ask(between, 'DELETE', '/_sim/warehouses/w');
    expect((await ask(await aLife(), 'GET', '/api/2.0/sql/warehouses/w')).status).toBe(404);
  });
});

describe('L3: the sink for messages', () => {
  test('L3: it still shows what people were told before it was killed, and forgets when it is told to', async () => {
    async function aSink() {
      const sink = await startMessageSink({ clock, kept: keptNow() });
      onTestFinished(() => sink.stop());
      return sink;
    }
    const tell = (url: string, n: number) => call(`${url}/webhook`, 'POST', { n });
    const shown = async (url: string) => (await call(url, 'GET')).json.map(({ body }: { body: unknown }) => body);
    const first = await aSink();
    await tell(first.url, 1);
    await tell(first.url, 2);
    const second = await aSink();
    await tell(second.url, 3);
    expect(await shown(second.url)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const third = await aSink();
    expect(await shown(third.url)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await call(third.url, 'DELETE');
    await tell(third.url, 4);
    expect(await shown((await aSink()).url)).toEqual([{ n: 4 }]);
  });
});
