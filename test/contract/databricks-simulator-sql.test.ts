// Libraries, SQL warehouses and statements, and the caller of the simulated workspace, through the real SDK.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DURATION_SECONDS, LIBRARY_SECONDS, STATEMENT_SECONDS } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench, START } from '../builders/simulated-workspace.ts';

const WAREHOUSE = 'f24fd0345a24b381';
const IDLE = '9e61e3e42423aabc';

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({
    clusters: [
      { cluster_id: 'up', last_restarted_time: START - 3_600_000 },
      { cluster_id: 'down', state: 'TERMINATED' },
    ],
    warehouses: [
      { id: WAREHOUSE, name: 'inference' },
      { id: IDLE, name: 'dashboard', state: 'STOPPED' },
    ],
  });
});
afterEach(() => bench.stop());

describe('E5: libraries', () => {
  async function statuses(id = 'up') {
    const all: (string | undefined)[] = [];
    for await (const { status } of bench.client.libraries.clusterStatus({ cluster_id: id })) all.push(status);
    return all;
  }

  test('install in the background, and again after a restart', async () => {
    expect(await statuses()).toEqual([]);
    await bench.client.libraries.install({ cluster_id: 'up', libraries: [{ pypi: { package: 'mlflow' } }] });
    await bench.client.libraries.install({ cluster_id: 'up', libraries: [{ pypi: { package: 'mlflow' } }] });
    const seen = [await statuses()];
    for (const seconds of [
      LIBRARY_SECONDS.pending,
      LIBRARY_SECONDS.resolving - LIBRARY_SECONDS.pending,
      LIBRARY_SECONDS.installing,
    ]) {
      bench.clock.advance(seconds);
      seen.push(await statuses());
    }
    expect(seen).toEqual([['PENDING'], ['RESOLVING'], ['INSTALLING'], ['INSTALLED']]);
    await bench.client.clusters.restart({ cluster_id: 'up' });
    bench.clock.advance(DURATION_SECONDS.restart);
    expect(await statuses()).toEqual(['PENDING']);
    expect((await bench.call('GET', '/api/2.0/libraries/cluster-status?cluster_id=nobody')).json.message).toBe(
      'Cluster nobody does not exist',
    );
  });

  test('end where the test says they end, with its message', async () => {
    const broken = {
      library: { maven: { coordinates: 'a:b:1' } },
      status: 'FAILED',
      messages: ['Could not resolve a:b:1'],
    };
    await bench.call('PUT', '/_sim/clusters/up', { libraries: ['INSTALLED', broken] });
    const { json } = await bench.call('GET', '/api/2.0/libraries/cluster-status?cluster_id=up');
    expect(json.library_statuses).toMatchObject([{ status: 'INSTALLED' }, broken]);
    await bench.call('PUT', '/_sim/clusters/down', { libraries: ['FAILED'] });
    expect(await statuses('down')).toEqual(['PENDING']);
  });
});

describe('B4: SQL statements and warehouses', () => {
  const execute = (body: object) =>
    bench.call('POST', '/api/2.0/sql/statements', {
      warehouse_id: WAREHOUSE,
      statement: 'SELECT 1',
      wait_timeout: '0s',
      ...body,
    });
  const read = async (id: string) =>
    (await bench.client.statementExecution.getStatement({ statement_id: id })).status?.state;

  test('a query on a running warehouse succeeds, with cells as strings', async () => {
    const waiting = bench.client.statementExecution.executeStatement({
      warehouse_id: WAREHOUSE,
      statement: "SELECT 1, 'a' AS b",
      wait_timeout: '30s',
    });
    await until(async () => (await bench.call('GET', '/_sim/calls')).json.length === 1);
    bench.clock.advance(STATEMENT_SECONDS.running);
    expect(await waiting).toMatchObject({
      status: { state: 'SUCCEEDED' },
      manifest: {
        schema: {
          columns: [
            { name: '1', type_name: 'INT' },
            { name: 'b', type_name: 'STRING' },
          ],
        },
        truncated: false,
      },
      result: { data_array: [['1', 'a']] },
    });
  });

  test('a failed one is a 200', async () => {
    const { json } = await execute({ statement: 'SELECT * FROM a.b' });
    bench.clock.advance(STATEMENT_SECONDS.running);
    const failed = await bench.client.statementExecution.getStatement({ statement_id: json.statement_id });
    expect(failed.status).toMatchObject({
      state: 'FAILED',
      error: { error_code: 'BAD_REQUEST', message: expect.stringContaining('`a`.`b`') },
    });
  });

  test('cancel, CANCEL on timeout, and results that are kept for an hour only', async () => {
    const { statement_id: first } = (await execute({})).json;
    await bench.client.statementExecution.cancelExecution({ statement_id: first });
    expect(await read(first)).toBe('CANCELED');
    const { json: second } = await execute({ warehouse_id: IDLE, on_wait_timeout: 'CANCEL' });
    expect(second.status.state).toBe('CANCELED');
    const { statement_id: third } = (await execute({})).json;
    bench.clock.advance(STATEMENT_SECONDS.running);
    expect(await read(third)).toBe('SUCCEEDED');
    bench.clock.advance(STATEMENT_SECONDS.resultsKept + 1);
    expect(await read(third)).toBe('CLOSED');
    bench.clock.advance(STATEMENT_SECONDS.remembered);
    expect((await bench.call('GET', `/api/2.0/sql/statements/${third}`)).status).toBe(404);
  });

  test('a stopped warehouse is started by a query, which waits for it', async () => {
    expect(await bench.client.warehouses.get({ id: IDLE })).toMatchObject({ state: 'STOPPED', num_clusters: 0 });
    expect((await bench.client.warehouses.get({ id: IDLE })).health).toBeUndefined();
    const { json } = await execute({ warehouse_id: IDLE });
    expect(json.status.state).toBe('PENDING');
    expect((await bench.client.warehouses.get({ id: IDLE })).state).toBe('STARTING');
    bench.clock.advance(DURATION_SECONDS.warehouseStart);
    expect(await read(json.statement_id)).toBe('RUNNING');
    const states: (string | undefined)[] = [];
    for await (const { state } of bench.client.warehouses.list({})) states.push(state);
    expect(states).toEqual(['RUNNING', 'RUNNING']);
    await bench.client.warehouses.stop({ id: IDLE });
    expect((await bench.client.warehouses.get({ id: IDLE })).state).toBe('STOPPING');
  });

  test('refused: a warehouse or statement that is not there, a wait outside its bounds, forms it does not have', async () => {
    expect((await execute({ warehouse_id: 'nope' })).json.message).toContain('is not a valid endpoint id');
    expect((await execute({ wait_timeout: '2s' })).status).toBe(400);
    expect((await execute({ wait_timeout: '51s' })).status).toBe(400);
    expect((await execute({ format: 'ARROW_STREAM' })).status).toBe(400);
    expect((await execute({ statement: '' })).json.message).toBe('Missing required field: statement');
    expect((await bench.call('GET', '/api/2.0/sql/statements/nope')).status).toBe(404);
    expect((await bench.call('GET', '/api/2.0/sql/warehouses/nope')).json.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
  });
});

test('B4: currentUser.me answers who the token belongs to', async () => {
  expect(await bench.client.currentUser.me()).toMatchObject({
    active: true,
    userName: expect.any(String),
    groups: [{ display: 'admins' }],
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
