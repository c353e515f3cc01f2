// Timer functions in a running host: what they are given, runs by hand, retries, faults.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type HostedApp, hosted, json, MASTER_KEY } from './functions-host.harness.ts';

describe('L3: timer functions in a running host', () => {
  let app: HostedApp;
  let stateDir: string;

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'timers-'));
    app = await hosted('timers.mjs', { settings: { YEARLY: '0 0 3 1 1 *' }, stateDir, disabled: ['every-second'] });
  });

  afterAll(async () => {
    await app.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  interface SeenRun {
    readonly name: string;
    readonly timer: { scheduleStatus: unknown; isPastDue: boolean; schedule: { adjustForDST: boolean } };
    readonly retryContext: { retryCount: number } | null;
    readonly hasMetadata: boolean;
  }

  async function runsOf(name: string): Promise<SeenRun[]> {
    const runs = await json<SeenRun[]>(await fetch(`${app.url}/runs`));
    return runs.filter((run) => run.name === name);
  }

  function runNow(name: string, init: RequestInit = {}): Promise<Response> {
    const headers = { 'x-functions-key': MASTER_KEY, 'content-type': 'application/json' };
    return fetch(`${app.url}/admin/functions/${name}`, { method: 'POST', headers, body: '{"input":""}', ...init });
  }

  test('runOnStartup runs at start, camelCased by the library', async () => {
    const [run] = await eventually(
      () => runsOf('at-start'),
      (runs) => runs.length > 0,
    );
    expect(run?.timer).toMatchObject({
      isPastDue: false,
      schedule: { adjustForDST: true },
      scheduleStatus: { last: expect.any(String) },
    });
  });

  test('POST /admin/functions/{name} runs a timer now, for the master key', async () => {
    expect((await runNow('yearly')).status).toBe(202);
    const [run] = await eventually(
      () => runsOf('yearly'),
      (runs) => runs.length > 0,
    );
    expect(run).toMatchObject({ timer: { isPastDue: false }, hasMetadata: false });
    expect((await runNow('yearly', { headers: { 'content-type': 'application/json' } })).status).toBe(401);
    expect((await runNow('unknown')).status).toBe(404);
    expect((await runNow('runs')).status).toBe(400);
    expect((await runNow('yearly', { body: 'no json' })).status).toBe(400);
    expect((await runNow('yearly', { headers: { 'x-functions-key': MASTER_KEY } })).status).toBe(415);
  });

  test('without a monitor there is no schedule status', async () => {
    await runNow('unmonitored');
    const [run] = await eventually(
      () => runsOf('unmonitored'),
      (runs) => runs.length > 0,
    );
    expect(run?.timer.scheduleStatus).toBeNull();
  });

  test('a retry policy repeats a failed run', async () => {
    const runs = await eventually(
      () => runsOf('retried'),
      (seen) => seen.length >= 3,
    );
    expect(runs.map(({ retryContext }) => retryContext?.retryCount ?? 0)).toEqual([0, 1, 2]);
  });

  test('schedules that Azure refuses are faults, and a disabled timer runs only by hand', async () => {
    expect(app.ready.faults.map(({ name }) => name)).toEqual(['five-fields', 'time-span']);
    expect(await runsOf('every-second')).toEqual([]);
    expect((await runNow('every-second')).status).toBe(202);
    await eventually(
      () => runsOf('every-second'),
      (runs) => runs.length === 1,
    );
  });

  test('the parent may order a run too', async () => {
    const before = (await runsOf('yearly')).length;
    expect(await app.order('invoke', { name: 'yearly' })).not.toHaveProperty('error');
    expect((await runsOf('yearly')).length).toBe(before + 1);
    expect(await app.order('invoke', { name: 'nobody' })).toMatchObject({ error: expect.stringContaining('nobody') });
  });
});
