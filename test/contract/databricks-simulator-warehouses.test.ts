// SQL warehouses of the simulated workspace as the real SDK meets them: what they do, refuse, lose, and how they fail.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DURATION_SECONDS, STATEMENT_SECONDS, WAREHOUSE_REMEMBERED_SECONDS } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench } from '../builders/simulated-workspace.ts';

const UP = 'f24fd0345a24b381';
const DOWN = '9e61e3e42423aabc';
const SETTINGS = {
  name: 'inference',
  cluster_size: 'Small',
  auto_stop_mins: 30,
  min_num_clusters: 2,
  max_num_clusters: 3,
  warehouse_type: 'PRO' as const,
  enable_photon: true,
  enable_serverless_compute: false,
  spot_instance_policy: 'RELIABILITY_OPTIMIZED' as const,
  tags: { custom_tags: [{ key: 'cost', value: 'a' }] },
};

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({
    warehouses: [
      { id: UP, ...SETTINGS },
      { id: DOWN, name: 'dashboard', cluster_size: '2X-Small', state: 'STOPPED' },
    ],
  });
});
afterEach(() => bench.stop());

const get = (id: string) => bench.client.warehouses.get({ id });
const stateOf = async (id: string) => (await get(id)).state;
const post = (id: string, verb: string, body: object = {}) =>
  bench.call('POST', `/api/2.0/sql/warehouses/${id}/${verb}`, body);
const force = (id: string, body: object) => bench.call('PUT', `/_sim/warehouses/${id}`, body);

describe('E5: the states of a warehouse', () => {
  test('E5: start, stop and delete take their time, and each twice does nothing more', async () => {
    for (const _twice of [1, 2]) await bench.client.warehouses.start({ id: DOWN });
    expect(await get(DOWN)).toMatchObject({ state: 'STARTING', num_clusters: 0 });
    bench.clock.advance(DURATION_SECONDS.warehouseStart);
    expect(await get(DOWN)).toMatchObject({ state: 'RUNNING', num_clusters: 1, health: { status: 'HEALTHY' } });
    expect((await post(DOWN, 'start')).status, 'harmless').toBe(200);
    for (const _twice of [1, 2]) await bench.client.warehouses.stop({ id: DOWN });
    expect(await stateOf(DOWN)).toBe('STOPPING');
    bench.clock.advance(DURATION_SECONDS.warehouseStop);
    expect(await get(DOWN)).toMatchObject({ state: 'STOPPED', num_clusters: 0 });
    expect((await get(DOWN)).health).toBeUndefined();
    expect((await post(DOWN, 'stop')).status).toBe(200);
    await bench.client.warehouses.delete({ id: DOWN });
    expect(await stateOf(DOWN)).toBe('DELETING');
    bench.clock.advance(DURATION_SECONDS.warehouseDelete);
    expect(await stateOf(DOWN)).toBe('DELETED');
  });

  test('E5: a stop ends a start', async () => {
    await bench.client.warehouses.start({ id: DOWN });
    await bench.client.warehouses.stop({ id: DOWN });
    bench.clock.advance(DURATION_SECONDS.warehouseStart);
    expect(await stateOf(DOWN)).toBe('STOPPED');
  });

  test('E5: there is no restart: a start during the way down is refused', async () => {
    await bench.client.warehouses.stop({ id: UP });
    expect((await post(UP, 'start')).json).toMatchObject({
      error_code: 'INVALID_STATE',
      message: `SQL warehouse ${UP} cannot be started: it is STOPPING.`,
    });
    bench.clock.advance(DURATION_SECONDS.warehouseStop);
    expect((await post(UP, 'start')).status).toBe(200);
  });

  test('E5: one that was deleted is refused everything, takes no query, is on no list, and unknown after a while', async () => {
    await bench.client.warehouses.delete({ id: UP });
    for (const verb of ['start', 'stop', 'edit']) expect((await post(UP, verb)).json.error_code).toBe('INVALID_STATE');
    bench.clock.advance(DURATION_SECONDS.warehouseDelete);
    expect((await post(UP, 'start')).json.error_code).toBe('INVALID_STATE');
    const query = { warehouse_id: UP, statement: 'SELECT 1', wait_timeout: '0s' };
    expect((await bench.call('POST', '/api/2.0/sql/statements', query)).json.message).toContain(
      'not a valid endpoint id',
    );
    expect((await bench.call('GET', '/api/2.0/sql/warehouses')).json.warehouses).toHaveLength(1);
    expect((await bench.call('DELETE', `/api/2.0/sql/warehouses/${UP}`)).status).toBe(404);
    bench.clock.advance(WAREHOUSE_REMEMBERED_SECONDS + 1);
    expect((await bench.call('GET', `/api/2.0/sql/warehouses/${UP}`)).json.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
  });

  test('E5: a new one starts at once; a serverless one within seconds', async () => {
    const { id = '' } = await bench.client.warehouses.create({
      name: 'new',
      cluster_size: 'X-Small',
      warehouse_type: 'PRO',
      enable_serverless_compute: true,
    });
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(await get(id)).toMatchObject({
      state: 'STARTING',
      auto_stop_mins: 120,
      min_num_clusters: 1,
      max_num_clusters: 1,
    });
    bench.clock.advance(DURATION_SECONDS.warehouseStartServerless);
    expect(await get(id)).toMatchObject({ state: 'RUNNING', odbc_params: { path: `/sql/1.0/warehouses/${id}` } });
  });
});

describe('E2: an edit of a warehouse', () => {
  test('E2: resets what it does not send to the documented defaults, and keeps name, size and type', async () => {
    await bench.client.warehouses.edit({ id: UP, cluster_size: 'Medium' });
    const edited = await get(UP);
    expect(edited).toMatchObject({
      name: 'inference',
      cluster_size: 'Medium',
      warehouse_type: 'PRO',
      auto_stop_mins: 120,
      min_num_clusters: 1,
      max_num_clusters: 1,
      enable_photon: false,
      spot_instance_policy: 'COST_OPTIMIZED',
    });
    expect(edited.tags).toBeUndefined();
  });

  test('E2: of its size restarts one that runs; of its times and numbers does not', async () => {
    await bench.client.warehouses.edit({
      id: UP,
      ...SETTINGS,
      auto_stop_mins: 45,
      max_num_clusters: 5,
    });
    expect(await get(UP)).toMatchObject({ state: 'RUNNING', auto_stop_mins: 45, max_num_clusters: 5 });
    const waiter = await bench.client.warehouses.edit({
      id: UP,
      ...SETTINGS,
      cluster_size: 'Medium',
    });
    expect(waiter).toBeDefined();
    expect(await stateOf(UP)).toBe('STARTING');
    bench.clock.advance(DURATION_SECONDS.warehouseStart);
    expect(await get(UP)).toMatchObject({ state: 'RUNNING', cluster_size: 'Medium', num_clusters: 2 });
  });

  test('E2: of one that is stopped leaves it stopped, so the waiter of the SDK throws although it worked', async () => {
    const waiter = await bench.client.warehouses.edit({ id: DOWN, cluster_size: 'Large' });
    // It does not even say so: it looks for a summary in the health, which a stopped warehouse has not.
    await expect(waiter.wait()).rejects.toThrow(/reading 'summary'/);
    expect(await get(DOWN)).toMatchObject({ state: 'STOPPED', cluster_size: 'Large' });
  });

  test.each([
    ['a size off the ladder', { cluster_size: 'Huge' }, 'Huge is not a valid value for cluster_size'],
    ['a few minutes to auto-stop', { auto_stop_mins: 5 }, '5 is not a valid value for auto_stop_mins'],
    ['more at least than at most', { min_num_clusters: 4, max_num_clusters: 3 }, 'min_num_clusters'],
    ['more than 40', { max_num_clusters: 41 }, 'max_num_clusters'],
    ['more than 30 at least', { min_num_clusters: 31, max_num_clusters: 40 }, 'min_num_clusters'],
    ['none at least', { min_num_clusters: 0 }, 'min_num_clusters'],
    [
      'serverless but not PRO',
      { enable_serverless_compute: true, warehouse_type: 'CLASSIC' },
      'only available for PRO',
    ],
    ['a type that does not exist', { warehouse_type: 'FREE' }, 'warehouseType'],
    ['a name of 100 letters', { name: 'x'.repeat(100) }, 'less than 100'],
    ['the name of another', { name: 'dashboard' }, 'SQL warehouse with name `dashboard` already exists'],
    ['words for a number', { auto_stop_mins: 'ten' }, 'ten is not a valid value'],
  ])('E2: %s is refused, and nothing changed', async (_what, change, words) => {
    const refused = await post(UP, 'edit', { ...SETTINGS, ...change });
    expect(refused.status).toBe(400);
    expect(refused.json.message).toContain(words);
    expect(await get(UP)).toMatchObject({ ...SETTINGS, state: 'RUNNING' });
  });

  test('E2: serverless may stop after a minute, and 0 never', async () => {
    expect((await post(UP, 'edit', { ...SETTINGS, enable_serverless_compute: true, auto_stop_mins: 1 })).status).toBe(
      200,
    );
    expect((await post(UP, 'edit', { ...SETTINGS, auto_stop_mins: 0 })).status).toBe(200);
  });
});

describe('B1: warehouses that fail', () => {
  test('B1: clusters that do not launch: STARTING with a FAILED health for a while, then STOPPED with its reason, then as ordered', async () => {
    const fail = { fail: 'CLOUD_PROVIDER_LAUNCH_FAILURE', parameters: { azure_error_code: 'InternalExecutionError' } };
    await force(DOWN, { onStart: [fail, fail] });
    for (const _start of [1, 2]) {
      await bench.client.warehouses.start({ id: DOWN });
      bench.clock.advance(DURATION_SECONDS.startFailure);
      expect(await get(DOWN)).toMatchObject({
        state: 'STARTING',
        health: { status: 'FAILED', summary: 'Clusters are failing to launch. Cluster launch will be retried.' },
      });
      bench.clock.advance(DURATION_SECONDS.warehouseRetries);
      const { state, health } = await get(DOWN);
      expect(state).toBe('STOPPED');
      expect(health?.failure_reason).toMatchObject({
        code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
        type: 'CLOUD_FAILURE',
        parameters: fail.parameters,
      });
      expect(health?.message).toContain('Clusters are failing to launch.');
    }
    await bench.client.warehouses.start({ id: DOWN });
    bench.clock.advance(DURATION_SECONDS.warehouseStart);
    expect(await get(DOWN)).toMatchObject({ state: 'RUNNING', health: { status: 'HEALTHY' } });
  });

  test('B1: machines that cannot be had stop a large one, and let a smaller or serverless one through', async () => {
    const obstacle = { kind: 'quota', family: 'standardEDSv4Family', limit: 50, used: 20 };
    await bench.call('POST', '/_sim/obstacles', { obstacle });
    await bench.client.warehouses.edit({ id: DOWN, cluster_size: 'Small' });
    const started = async () => {
      await bench.client.warehouses.start({ id: DOWN });
      bench.clock.advance(DURATION_SECONDS.startFailure + DURATION_SECONDS.warehouseRetries);
      return get(DOWN);
    };
    const failed = await started();
    expect(failed).toMatchObject({
      state: 'STOPPED',
      health: { failure_reason: { code: 'AZURE_QUOTA_EXCEEDED_EXCEPTION' } },
    });
    expect(failed.health?.details).toContain('Current Limit: 50, Current Usage: 20, Additional Required: 48');
    await bench.client.warehouses.edit({ id: DOWN, cluster_size: '2X-Small' });
    expect((await started()).state).toBe('RUNNING');
    await bench.client.warehouses.stop({ id: DOWN });
    bench.clock.advance(DURATION_SECONDS.warehouseStop);
    await bench.client.warehouses.edit({ id: DOWN, cluster_size: 'Large', enable_serverless_compute: true });
    expect((await started()).state).toBe('RUNNING');
  });

  test('B1: one that fails while it runs is STOPPED with its reason, until it is started', async () => {
    const failed = await bench.call('POST', `/_sim/warehouses/${UP}/fail`, { code: 'CLOUD_PROVIDER_SHUTDOWN' });
    expect(failed.json.state).toBe('STOPPED');
    expect((await get(UP)).health).toMatchObject({
      status: 'FAILED',
      failure_reason: { code: 'CLOUD_PROVIDER_SHUTDOWN', type: 'CLOUD_FAILURE' },
    });
    await bench.client.warehouses.start({ id: UP });
    expect((await get(UP)).health).toBeUndefined();
  });

  test('B1: somebody else stops and edits one; the workspace says no to them as to us', async () => {
    const human = (id: string, body: object) => bench.call('POST', `/_sim/warehouses/${id}/human`, body);
    expect((await human(UP, { action: 'stop', user: 'ann@example.com' })).json.state).toBe('STOPPING');
    expect((await human(UP, { action: 'start' })).json.error).toContain('it is STOPPING');
    expect((await human(DOWN, { action: 'edit', body: { cluster_size: 'Huge' } })).json.error).toContain('Huge');
    expect((await human(DOWN, { action: 'edit', body: { cluster_size: 'Large' } })).json.cluster_size).toBe('Large');
    expect((await bench.call('GET', '/_sim/calls')).json, 'no call of ours').toEqual([]);
  });

  test('L3: a misspelt field is refused; one that is removed is unknown at once; all are listed', async () => {
    expect((await force(UP, { size: 'Large' })).json.error).toContain('no such warehouse');
    expect((await bench.call('DELETE', `/_sim/warehouses/${UP}`)).status).toBe(204);
    expect((await bench.call('GET', `/_sim/warehouses/${UP}`)).status).toBe(404);
    expect((await bench.call('GET', '/_sim/warehouses')).json).toMatchObject([
      { id: DOWN, queries: { mode: 'answer' } },
    ]);
  });
});

describe('E5: queries on a warehouse', () => {
  const execute = async (statement: string, warehouse_id = UP): Promise<string> =>
    (await bench.call('POST', '/api/2.0/sql/statements', { warehouse_id, statement, wait_timeout: '0s' })).json
      .statement_id;
  const result = (statement_id: string) => bench.client.statementExecution.getStatement({ statement_id });
  const done = async (statement: string) => {
    const id = await execute(statement);
    bench.clock.advance(STATEMENT_SECONDS.running);
    return result(id);
  };
  const TABLE = {
    columns: [
      { name: 'id', type: 'INT' },
      { name: 'label', type: 'STRING' },
    ],
    rows: [
      [1, 'a'],
      [3, 'b'],
    ],
  };

  test('E5: one that is RUNNING and degraded: queries fail with words, or never end', async () => {
    const health = { status: 'DEGRADED', summary: 'Queries are failing.' };
    await force(UP, { health, queries: { mode: 'fail', message: 'Metastore is down' } });
    expect(await get(UP)).toMatchObject({ state: 'RUNNING', health });
    expect((await done('SELECT 1')).status).toMatchObject({ state: 'FAILED', error: { message: 'Metastore is down' } });
    await force(UP, { queries: { mode: 'hang' } });
    const hanging = await execute('SELECT 1');
    bench.clock.advance(3600);
    expect((await result(hanging)).status?.state).toBe('RUNNING');
    await bench.client.statementExecution.cancelExecution({ statement_id: hanging });
    expect((await result(hanging)).status?.state).toBe('CANCELED');
    await force(UP, { health: null, queries: { mode: 'answer' } });
    expect((await done('SELECT 1')).status?.state).toBe('SUCCEEDED');
    expect((await get(UP)).health?.status).toBe('HEALTHY');
  });

  test('E5: a stop and a start end a query that hangs, and spare one that was done', async () => {
    const finished = await execute('SELECT 1');
    bench.clock.advance(STATEMENT_SECONDS.running);
    await force(UP, { queries: { mode: 'hang' } });
    const hanging = await execute('SELECT 1');
    await bench.client.warehouses.stop({ id: UP });
    expect((await result(hanging)).status?.state).toBe('CANCELED');
    bench.clock.advance(DURATION_SECONDS.warehouseStop);
    await bench.client.warehouses.start({ id: UP });
    bench.clock.advance(DURATION_SECONDS.warehouseStart);
    expect((await result(hanging)).status?.state, 'it does not come back').toBe('CANCELED');
    expect((await result(finished)).status?.state).toBe('SUCCEEDED');
  });

  test('E5: a query on one that does not come up waits, and fails with it', async () => {
    await force(DOWN, { onStart: [{ fail: 'CLOUD_PROVIDER_LAUNCH_FAILURE' }] });
    const id = await execute('SELECT 1', DOWN);
    expect((await result(id)).status?.state).toBe('PENDING');
    bench.clock.advance(DURATION_SECONDS.startFailure + DURATION_SECONDS.warehouseRetries);
    expect((await result(id)).status).toMatchObject({
      state: 'FAILED',
      error: { message: expect.stringContaining('CLOUD_PROVIDER_LAUNCH_FAILURE') },
    });
  });

  test('E5: a table is read, one that cannot be read fails, and one that is not there is not found', async () => {
    await bench.call('PUT', '/_sim/tables/sales.orders', TABLE);
    expect((await done('SELECT * FROM sales.orders')).result?.data_array).toEqual([
      ['1', 'a'],
      ['3', 'b'],
    ]);
    expect((await done('SELECT label FROM `sales`.`orders` LIMIT 1')).result?.data_array).toEqual([['a']]);
    expect((await done('SELECT COUNT(*), MAX(id) FROM sales.orders')).result?.data_array).toEqual([['2', '3']]);
    expect((await done('SELECT 1 FROM sales.orders LIMIT 1')).result?.data_array).toEqual([['1']]);
    const failure = '[FAILED_READ_FILE] Error while reading file abfss://data/part-0.parquet';
    await bench.call('PUT', '/_sim/tables/sales.orders', { failure });
    expect((await done('SELECT 1 FROM sales.orders')).status?.error?.message).toBe(failure);
    await bench.call('PUT', '/_sim/tables/sales.orders', { failure: null });
    expect((await done('SELECT MIN(label) FROM sales.orders')).result?.data_array).toEqual([['a']]);
    await bench.call('DELETE', '/_sim/tables/sales.orders');
    expect((await done('SELECT 1 FROM sales.orders')).status?.error?.message).toContain('TABLE_OR_VIEW_NOT_FOUND');
  });

  test("E5: what is beyond a plain SELECT it says it cannot do, and a column that is not there is Spark's error", async () => {
    await bench.call('PUT', '/_sim/tables/sales.orders', TABLE);
    expect((await done('SELECT id FROM sales.orders WHERE id > 1')).status?.error?.message).toContain(
      'simulated driver',
    );
    expect((await done('SELECT price FROM sales.orders')).status?.error?.message).toContain('UNRESOLVED_COLUMN');
    expect((await bench.call('PUT', '/_sim/tables/x', { rows: [] })).json.error).toContain('no such table');
  });
});
