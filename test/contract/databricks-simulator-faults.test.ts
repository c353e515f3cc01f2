// Faults that can be injected into a simulated workspace, what the real client makes of them, and the simulator's own door.
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DURATION_SECONDS } from '../../local/databricks/refusals.ts';
import { createCallLog } from '../../local/simulator/call-log.ts';
import { aWorkspace, type Bench, clientFor, START } from '../builders/simulated-workspace.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({ clusters: [{ cluster_id: 'down', state: 'TERMINATED' }, { cluster_id: 'up' }] });
});
afterEach(() => bench.stop());

const inject = (rule: object) => bench.call('POST', '/_sim/faults', rule);
const start = () => bench.call('POST', '/api/2.1/clusters/start', { cluster_id: 'down' });
const list = () => bench.call('GET', '/api/2.1/clusters/list');
const calls = async () => (await bench.call('GET', '/_sim/calls')).json;
const inside = async (id: string) => (await bench.call('GET', `/_sim/clusters/${id}`)).json;

describe('L3: faults', () => {
  test('status: as often as ordered, with the words of the service or those given', async () => {
    expect(await inject({ fault: { kind: 'status', status: 503 }, times: 1 })).toMatchObject({
      status: 201,
      json: { id: 'fault-1' },
    });
    expect(await list()).toMatchObject({ status: 503, json: { error_code: 'TEMPORARILY_UNAVAILABLE' } });
    expect((await list()).status).toBe(200);
    await inject({
      fault: { kind: 'status', status: 429, retryAfterSeconds: 7, body: { error_code: 'MINE' } },
      times: 1,
    });
    const throttled = await list();
    expect(throttled).toMatchObject({ status: 429, json: { error_code: 'MINE' } });
    expect(throttled.headers.get('retry-after')).toBe('7');
  });

  test('match: only the method and path it names, and what it spares is spared', async () => {
    await inject({
      match: { method: 'post', path: 'clusters/(start|restart)$' },
      fault: { kind: 'status', status: 500 },
    });
    expect((await list()).status).toBe(200);
    expect((await start()).status).toBe(500);
    expect((await inside('down')).state).toBe('TERMINATED');
  });

  test('forSeconds: until then and no longer', async () => {
    await inject({ fault: { kind: 'status', status: 500 }, forSeconds: 10 });
    expect((await list()).status).toBe(500);
    bench.clock.advance(10);
    expect((await list()).status).toBe(200);
    expect((await bench.call('GET', '/_sim/faults')).json).toEqual([]);
  });

  test('hang: no answer, until the caller gives up', async () => {
    await inject({ match: { path: 'clusters/start' }, fault: { kind: 'hang' } });
    const giveUp = fetch(`${bench.workspace.url}/api/2.1/clusters/start`, {
      method: 'POST',
      signal: AbortSignal.timeout(100),
    });
    await expect(giveUp).rejects.toThrow(/abort|timeout/i);
    expect(await calls()).toMatchObject([{ status: 0, fault: 'hang' }]);
    expect((await inside('down')).events.map(({ type }: { type: string }) => type)).not.toContain('STARTING');
  });

  test('reset: the connection is cut and nothing happened; lost-answer: cut as well, but it happened', async () => {
    await inject({ fault: { kind: 'reset' }, times: 1 });
    await expect(start()).rejects.toThrow();
    expect((await inside('down')).state).toBe('TERMINATED');
    await inject({ fault: { kind: 'lost-answer' }, times: 1 });
    await expect(clientFor(bench.workspace.url).clusters.start({ cluster_id: 'down' })).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    bench.clock.advance(DURATION_SECONDS.start);
    expect((await inside('down')).state).toBe('RUNNING');
    expect(await calls()).toMatchObject([
      { status: 0, fault: 'reset' },
      { status: 200, fault: 'lost-answer', path: '/api/2.1/clusters/start' },
    ]);
  });

  test('html: 200 with a page; redirect: 302 to a login page', async () => {
    await inject({ fault: { kind: 'html' }, times: 2 });
    const page = await list();
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('<title>Databricks - Sign In</title>') });
    await expect(bench.client.currentUser.me()).rejects.toThrow(/parse/);
    await inject({ fault: { kind: 'redirect' }, times: 1 });
    expect((await list()).headers.get('location')).toContain('/login.html?next_url=');
    await inject({ fault: { kind: 'redirect', to: 'https://elsewhere.example/' }, times: 1 });
    expect(await list()).toMatchObject({ status: 302, headers: expect.any(Headers) });
  });

  test('slow: the answer waits, the effect does not', async () => {
    await inject({ match: { path: 'start' }, fault: { kind: 'slow', ms: 5_000 } });
    let answered = false;
    const slow = start().finally(() => {
      answered = true;
    });
    await until(async () => (await calls()).length === 1 && (await inside('down')).events.at(-1).type === 'STARTING');
    expect(answered).toBe(false);
    bench.clock.advance(5);
    expect((await slow).status).toBe(200);
  });

  test('throttle: lets so many a second pass', async () => {
    await inject({ match: { path: '^/api/' }, fault: { kind: 'throttle', perSecond: 2 } });
    const statuses = [await list(), await list(), await list()].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 429]);
    bench.clock.advance(0.5);
    expect((await list()).status).toBe(200);
  });

  test('are listed with what is left of them, and cleared one by one or all', async () => {
    await inject({ fault: { kind: 'status', status: 500 }, times: 3 });
    await inject({ match: { path: 'x' }, fault: { kind: 'hang' } });
    await list();
    expect((await bench.call('GET', '/_sim/faults')).json).toMatchObject([
      { id: 'fault-1', left: 2, hits: 1 },
      { id: 'fault-2', hits: 0 },
    ]);
    expect((await bench.call('DELETE', '/_sim/faults/fault-1')).status).toBe(204);
    expect((await bench.call('DELETE', '/_sim/faults/fault-1')).status).toBe(404);
    expect((await list()).status).toBe(200);
    expect((await bench.call('DELETE', '/_sim/faults')).status).toBe(204);
    expect((await bench.call('GET', '/_sim/faults')).json).toEqual([]);
  });

  test.each([
    ['no fault', {}],
    ['an unknown kind', { fault: { kind: 'fire' } }],
    ['a status that is none', { fault: { kind: 'status', status: 1000 } }],
    ['a path that is no expression', { match: { path: '(' }, fault: { kind: 'hang' } }],
    ['a misspelt field', { fault: { kind: 'hang' }, time: 3 }],
  ])('%s is refused in words', async (_what, rule) => {
    const refused = await inject(rule);
    expect(refused).toMatchObject({ status: 400, json: { error: expect.stringContaining('no such fault') } });
  });
});

describe('L3: the log of calls', () => {
  test('holds every call with its body and status, but none of our own door', async () => {
    await start();
    await bench.call('POST', '/api/2.1/clusters/start', 'not json');
    await bench.call('GET', '/api/2.1/clusters/list?page_size=5', undefined, { authorization: '' });
    const at = new Date(START).toISOString();
    expect(await calls()).toEqual([
      { at, method: 'POST', path: '/api/2.1/clusters/start', status: 200, body: { cluster_id: 'down' } },
      { at, method: 'POST', path: '/api/2.1/clusters/start', status: 400, body: 'not json' },
      { at, method: 'GET', path: '/api/2.1/clusters/list?page_size=5', status: 401, body: null },
    ]);
    expect((await bench.call('DELETE', '/_sim/calls')).status).toBe(204);
    expect(await calls()).toEqual([]);
  });

  test('is bounded: the oldest calls go first', () => {
    const log = createCallLog(10);
    const request = (target: string) => ({
      method: 'GET',
      target,
      url: new URL('http://x'),
      headers: {},
      text: '',
      body: null,
      gone: new AbortController().signal,
    });
    for (let i = 0; i < 25; i += 1) log.begin(request(`/${i}`), START);
    expect(log.all().map(({ path }) => path)).toEqual(Array.from({ length: 10 }, (_, i) => `/${i + 15}`));
  });
});

describe('L3: clusters from outside', () => {
  test('a forced state is there at once, with its event', async () => {
    const put = (id: string, body: object) => bench.call('PUT', `/_sim/clusters/${id}`, body);
    const reason = { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: { driver_id: 'driver-abc' } };
    expect((await put('up', { state: 'TERMINATED', termination_reason: reason })).status).toBe(200);
    expect(await bench.client.clusters.get({ cluster_id: 'up' })).toMatchObject({
      state: 'TERMINATED',
      terminated_time: START,
      termination_reason: reason,
    });
    expect((await inside('up')).events.at(-1)).toMatchObject({
      type: 'TERMINATING',
      timestamp: START,
      details: { reason },
    });
    expect((await put('new', { state: 'ERROR' })).status).toBe(201);
    for (const [state, event] of [
      ['RUNNING', 'DRIVER_HEALTHY'],
      ['PENDING', 'STARTING'],
      ['RESTARTING', 'RESTARTING'],
      ['RESIZING', 'RESIZING'],
      ['TERMINATING', 'TERMINATING'],
      ['ERROR', 'DRIVER_UNAVAILABLE'],
    ]) {
      await put('new', { state });
      expect(await inside('new')).toMatchObject({ state });
      expect((await inside('new')).events.at(-1).type).toBe(event);
    }
    await put('new', { state: 'PENDING' });
    bench.clock.advance(DURATION_SECONDS.start);
    expect((await inside('new')).state, 'a forced PENDING goes on by itself').toBe('RUNNING');
  });

  test('a crash takes a cluster down through TERMINATING, with an omen and its reason', async () => {
    const crash = (id: string, body: object) => bench.call('POST', `/_sim/clusters/${id}/crash`, body);
    expect((await crash('up', { code: 'DRIVER_UNREACHABLE' })).json.state).toBe('TERMINATING');
    const types = (await inside('up')).events.map(({ type }: { type: string }) => type);
    expect(types.slice(-2)).toEqual(['DRIVER_NOT_RESPONDING', 'TERMINATING']);
    expect((await crash('up', { code: 'DRIVER_UNREACHABLE' })).status, 'it is on its way down already').toBe(409);
    bench.clock.advance(DURATION_SECONDS.terminate);
    expect(await bench.client.clusters.get({ cluster_id: 'up' })).toMatchObject({
      state: 'TERMINATED',
      terminated_time: START + DURATION_SECONDS.terminate * 1000,
      termination_reason: { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE' },
    });
    expect((await crash('down', { code: 'SPOT_INSTANCE_TERMINATION' })).json.state, 'as if it had been up').toBe(
      'TERMINATING',
    );
    expect((await crash('nobody', { code: 'X' })).status).toBe(404);
    expect((await crash('down', {})).status).toBe(400);
  });

  test('a misspelt field is refused, a deleted cluster is gone, all are listed', async () => {
    expect((await bench.call('PUT', '/_sim/clusters/up', { stat: 'RUNNING' })).json.error).toBe(
      'a cluster has no field stat',
    );
    expect((await bench.call('PUT', '/_sim/clusters/up', { state: 'RUNNIG' })).status).toBe(400);
    expect((await bench.call('DELETE', '/_sim/clusters/up')).status).toBe(204);
    expect((await bench.call('GET', '/_sim/clusters/up')).status).toBe(404);
    const { json } = await bench.call('GET', '/_sim/clusters', undefined, { authorization: '' });
    expect(json.map(({ cluster_id }: { cluster_id: string }) => cluster_id)).toEqual(['down']);
    expect((await bench.call('GET', '/_sim/nothing')).status).toBe(404);
  });
});

test('L3: a stop cuts what hangs and frees the port', async () => {
  await inject({ fault: { kind: 'hang' } });
  const hanging = list().then(
    () => 'answered',
    () => 'cut',
  );
  await until(async () => (await calls()).length === 1);
  await bench.stop();
  expect(await hanging).toBe('cut');
  expect(await isOpen('127.0.0.1')).toBe(false);
});

test('L3: it listens on 127.0.0.1 and on no other address of this machine', async () => {
  const addresses = Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address));
  const open: string[] = [];
  for (const address of addresses) if (await isOpen(address)) open.push(address);
  expect(open).toEqual(['127.0.0.1']);
});

function isOpen(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(bench.workspace.port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
