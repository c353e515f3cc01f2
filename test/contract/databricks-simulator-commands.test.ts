// Commands, SQL statements, libraries and the caller of the simulated workspace, through the real SDK.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMMAND_SECONDS, CONTEXTS_PER_CLUSTER, DURATION_SECONDS } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench, START } from '../builders/simulated-workspace.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({
    clusters: [
      { cluster_id: 'up', last_restarted_time: START - 3_600_000 },
      { cluster_id: 'down', state: 'TERMINATED' },
    ],
  });
});
afterEach(() => bench.stop());

const post = (path: string, body: object) => bench.call('POST', `/api/1.2/${path}`, body);

async function open(language = 'python', clusterId = 'up'): Promise<string> {
  const { id } = (await post('contexts/create', { clusterId, language })).json;
  bench.clock.advance(COMMAND_SECONDS.contextPending);
  return id;
}

async function submit(contextId: string, command: string, language = 'python'): Promise<string> {
  return (await post('commands/execute', { clusterId: 'up', contextId, language, command })).json.id;
}

const statusOf = (contextId: string, commandId: string) =>
  bench.client.commandExecution.commandStatus({ clusterId: 'up', contextId, commandId });

async function outcome(command: string, language = 'python', contextId?: string) {
  const context = contextId ?? (await open(language));
  const id = await submit(context, command, language);
  bench.clock.advance(60);
  return (await statusOf(context, id)).results;
}

describe('E5: a command on the driver', () => {
  test('a context becomes Running, a command goes from Queued over Running to Finished', async () => {
    const created = await bench.client.commandExecution.create({ clusterId: 'up', language: 'python' });
    const contextId = created.id ?? '';
    const context = () => bench.client.commandExecution.contextStatus({ clusterId: 'up', contextId });
    expect((await context()).status).toBe('Pending');
    bench.clock.advance(COMMAND_SECONDS.contextPending);
    expect((await context()).status).toBe('Running');
    const commandId = await submit(contextId, 'print(1)');
    expect(await statusOf(contextId, commandId)).toEqual({ id: commandId, status: 'Queued', results: null });
    bench.clock.advance(COMMAND_SECONDS.queued);
    expect((await statusOf(contextId, commandId)).status).toBe('Running');
    bench.clock.advance(COMMAND_SECONDS.running);
    expect(await statusOf(contextId, commandId)).toMatchObject({
      status: 'Finished',
      results: { resultType: 'text', data: '1' },
    });
  });

  test.each([
    ['python', 'print(1)', '1'],
    ['python', '1+1', '2'],
    ['python', '2 + 3 * (4 - 1) ** 2 // 2', '15'],
    ['python', '7 / 2', '3.5'],
    ['python', '4 / 2', '2.0'],
    ['python', '-7 % 3', '2'],
    ['python', 'print("a" + "b", 1)', 'ab 1'],
    ['python', "'a' + 'b'", "'ab'"],
    ['python', 'import time\nx = 20  # why\nx = x + 1\nprint(x * 2)', '42'],
    ['python', 'print("a;b # c") # that\'s all; really', 'a;b # c'],
    ['python', 'print(1); print(2)', '1\n2'],
    ['scala', '1+1', 'res0: Int = 2'],
    ['scala', 'val x = 6 * 2 // twice\nx', 'res0: Int = 12'],
    ['scala', 'println(1)', '1'],
    ['r', '1+1', '[1] 2'],
  ])('%s: %s is %s', async (language, command, data) => {
    expect(await outcome(command, language)).toMatchObject({ resultType: 'text', data });
  });

  test('SELECT answers a table', async () => {
    expect(await outcome('SELECT 1', 'sql')).toMatchObject({
      resultType: 'table',
      data: [[1]],
      schema: [{ name: '1', type: '"int"' }],
    });
    expect(await outcome("select 1+1 as two, 'x' AS name", 'sql')).toMatchObject({
      data: [[2, 'x']],
      schema: [{ name: 'two' }, { name: 'name' }],
    });
  });

  test.each([
    ['python', '1/0', 'ZeroDivisionError: division by zero'],
    ['python', 'print(nothing)', "NameError: name 'nothing' is not defined"],
    ['python', "1 + 'a'", "TypeError: unsupported operand type(s) for +: 'int' and 'str'"],
    ['python', '1 +', 'SyntaxError'],
    ['python', 'raise ValueError("no")', 'ValueError: no'],
    ['python', 'spark.range(5).count()', 'NotSimulated'],
    ['sql', 'SELECT max(ts) FROM inference_db.model_predictions', '[TABLE_OR_VIEW_NOT_FOUND]'],
    ['sql', 'SELEC 1', 'NotSimulated'],
  ])('%s: %s is Finished with an error: %s', async (language, command, words) => {
    const results = await outcome(command, language);
    expect(results).toMatchObject({ resultType: 'error', cause: expect.stringContaining(words) });
    expect(results?.summary).toBeTruthy();
  });

  test('variables live in their context and nowhere else; commands of a context run one after the other', async () => {
    const contextId = await open();
    const slow = await submit(contextId, 'import time\ntime.sleep(30)\nx = 5');
    const next = await submit(contextId, 'x');
    bench.clock.advance(10);
    expect([(await statusOf(contextId, slow)).status, (await statusOf(contextId, next)).status]).toEqual([
      'Running',
      'Queued',
    ]);
    bench.clock.advance(60);
    expect((await statusOf(contextId, next)).results?.data).toBe('5');
    expect(await outcome('x')).toMatchObject({ resultType: 'error' });
  });

  test('cancel goes over Cancelling to Cancelled', async () => {
    const contextId = await open();
    const commandId = await submit(contextId, 'import time; time.sleep(1000)');
    bench.clock.advance(5);
    await bench.client.commandExecution.cancel({ clusterId: 'up', contextId, commandId });
    expect((await statusOf(contextId, commandId)).status).toBe('Cancelling');
    bench.clock.advance(COMMAND_SECONDS.cancelling);
    expect((await statusOf(contextId, commandId)).status).toBe('Cancelled');
  });

  test('a cluster that is not up is refused as API 1.2 refuses: 500, no error code', async () => {
    const refused = await post('contexts/create', { clusterId: 'down', language: 'python' });
    const words = 'ClusterNotReadyException: Cluster down not currently ready for driver client (currently Terminated)';
    expect(refused).toMatchObject({ status: 500, json: { error: words } });
    expect(refused.json).not.toHaveProperty('error_code');
    expect((await post('contexts/create', { clusterId: 'nobody', language: 'python' })).status).toBe(400);
    expect((await post('contexts/create', { clusterId: 'up', language: 'cobol' })).status).toBe(400);
  });

  test('a restart loses the contexts', async () => {
    const contextId = await open();
    await bench.client.clusters.restart({ cluster_id: 'up' });
    bench.clock.advance(DURATION_SECONDS.restart);
    const lost = await bench.call('GET', `/api/1.2/contexts/status?clusterId=up&contextId=${contextId}`);
    expect(lost).toMatchObject({ status: 500, json: { error: expect.stringContaining('ContextNotFound') } });
  });

  test('destroy ends a context; there is a limit to how many are open', async () => {
    const ids: string[] = [];
    for (let i = 0; i < CONTEXTS_PER_CLUSTER; i += 1)
      ids.push((await post('contexts/create', { clusterId: 'up', language: 'python' })).json.id);
    bench.clock.advance(60);
    expect((await post('contexts/create', { clusterId: 'up', language: 'python' })).json.error).toContain(
      'Too many execution contexts',
    );
    await bench.client.commandExecution.destroy({ clusterId: 'up', contextId: ids[0] ?? '' });
    expect((await post('contexts/create', { clusterId: 'up', language: 'python' })).status).toBe(200);
  });

  test('driverAnswers false: RUNNING, and says so in its events, but commands hang until the driver answers again', async () => {
    await bench.call('PUT', '/_sim/clusters/up', { driverAnswers: false });
    expect((await bench.client.clusters.get({ cluster_id: 'up' })).state).toBe('RUNNING');
    const contextId = await open();
    const commandId = await submit(contextId, '1');
    bench.clock.advance(3600);
    expect((await statusOf(contextId, commandId)).status).toBe('Running');
    await bench.call('PUT', '/_sim/clusters/up', { driverAnswers: true });
    expect(await outcome('1')).toMatchObject({ data: '1' });
    const { json } = await bench.call('GET', '/_sim/clusters/up');
    expect(json.events.slice(-2).map(({ type }: { type: string }) => type)).toEqual([
      'DRIVER_NOT_RESPONDING',
      'DRIVER_HEALTHY',
    ]);
  });
});
