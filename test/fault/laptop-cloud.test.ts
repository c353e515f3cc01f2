import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type StackFile, stackFilePath } from '../../local/stack/stack-file.ts';
import { LaptopCloud, runLocal } from '../builders/laptop-cloud.ts';
import { listeningAddresses, until } from '../builders/processes.ts';

const STORY_LIMIT_MS = 120_000;
/** The promise of the issue. */
const STOP_LIMIT_MS = 3_000;
const PROCESSES = ['app', 'serviceBus', 'tables', 'simulators'] as const;

function answers(url: string, init: RequestInit = {}): Promise<number> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.status,
    () => 0,
  );
}

function control(stack: StackFile, path: string, body: unknown = {}, adminKey = stack.adminKey): Promise<Response> {
  const headers = { 'x-admin-key': adminKey, 'content-type': 'application/json' };
  return fetch(`${stack.control}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('one whole life of the laptop cloud', () => {
  let cloud: LaptopCloud | undefined;
  afterEach(() => cloud?.remove());

  test('L3: npm start -- --once plays the story, exits 0 and leaves no process', {
    timeout: STORY_LIMIT_MS,
  }, async () => {
    cloud = new LaptopCloud('--once');
    await cloud.ready();
    const { code, output } = await cloud.ended;
    expect(output).toContain('It ended well');
    expect(output).toMatch(/RCA-\d{8}-001/);
    expect(output).toContain('is RUNNING');
    expect(code).toBe(0);
    // The parent and its four processes at least.
    expect(cloud.seen.size).toBeGreaterThanOrEqual(PROCESSES.length + 1);
    expect(cloud.survivors()).toEqual([]);
    expect(existsSync(stackFilePath(cloud.dir))).toBe(false);
  });

  test('L3: killed -9, it takes every process with it', { timeout: STORY_LIMIT_MS }, async () => {
    cloud = new LaptopCloud('--no-story');
    const stack = await cloud.ready();
    await control(stack, '/app/pause', { forMs: 60_000 });
    const { process, survivors } = { process: cloud.process, survivors: () => cloud?.survivors() ?? [] };
    expect(survivors().length).toBeGreaterThanOrEqual(PROCESSES.length + 1);
    process.kill('SIGKILL');
    await until(() => survivors().length === 0);
  });

  test('L4: a broken estate is told with all its faults, exits 1 and leaves no process', {
    timeout: STORY_LIMIT_MS,
  }, async () => {
    const estate = join(import.meta.dirname, '../fixtures/laptop-cloud/broken-estate.json');
    cloud = new LaptopCloud('--once', '--estate', estate);
    const { code, output } = await cloud.ended;
    expect(code).toBe(1);
    expect(output).toContain('The configuration is broken');
    expect(output.match(/^ {2}- /gm)?.length ?? 0).toBeGreaterThan(1);
    expect(cloud.survivors()).toEqual([]);
    expect(existsSync(stackFilePath(cloud.dir))).toBe(false);
  });
});

describe('a laptop cloud that stays up', () => {
  let cloud: LaptopCloud;
  let stack: StackFile;
  beforeAll(async () => {
    cloud = new LaptopCloud('--no-story');
    stack = await cloud.ready();
  });
  afterAll(() => cloud?.remove());

  test('L3: stack.json names every process and address, for its owner only', async () => {
    expect(statSync(stackFilePath(cloud.dir)).mode & 0o777).toBe(0o600);
    expect(stack.pid).toBe(cloud.process.pid);
    expect(Object.values(stack.processes).every((pid) => cloud.seen.has(pid))).toBe(true);
    const urls = [stack.databricks.primary, stack.databricks.dr, stack.messages].map((url) => `${url}/`);
    expect(await Promise.all(urls.map((url) => answers(url)))).not.toContain(0);
    expect(await answers(`${stack.app}/health/live`)).toBe(200);
    expect(await answers(`${stack.databricks.primary}/_sim/calls`)).toBe(200);
  });

  test('A3: its secrets open its doors, and nothing else does', async () => {
    const { basic } = stack;
    const credentials = Buffer.from(`${basic.username}:${basic.password}`).toString('base64');
    const ping = (headers: Record<string, string>) =>
      answers(`${stack.app}/databricks-monitor`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ event: 'test' }),
      });
    expect(await ping({ 'x-api-key': stack.apiKey })).toBeLessThan(300);
    expect(await ping({ authorization: `Basic ${credentials}` })).toBeLessThan(300);
    expect(await ping({ 'x-api-key': 'guess' })).toBe(401);
    expect((await control(stack, '/app/kill', {}, 'guess')).status).toBe(401);
  });

  test('L3: nothing listens beyond loopback, in any process', () => {
    const pids = [stack.pid, ...Object.values(stack.processes)];
    const addresses = pids.flatMap(listeningAddresses);
    expect(addresses.length).toBeGreaterThanOrEqual(pids.length);
    expect(addresses.filter((address) => !address.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('L3: a second start in the same folder is refused', async () => {
    const { code, output } = await runLocal('local/start.ts', '--port', '0', '--dir', cloud.dir);
    expect(code).toBe(1);
    expect(output).toContain(`process ${stack.pid}`);
    expect(cloud.stack.pid).toBe(stack.pid);
  });

  test('L3: a start on the port of another program is refused in a plain sentence', async () => {
    const port = new URL(stack.app).port;
    const other = join(cloud.dir, 'other');
    const { code, output } = await runLocal('local/start.ts', '--port', port, '--dir', other);
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} is taken by another program`);
  });

  test('L3: a paused app does not answer, and thaws by itself', async () => {
    expect((await control(stack, '/app/pause', { forMs: 2_000 })).status).toBe(200);
    expect(await answers(`${stack.app}/health/live`)).toBe(0);
    await until(async () => (await answers(`${stack.app}/health/live`)) === 200);
    expect(cloud.stack.processes.app).toBe(stack.processes.app);
  });

  test('L3: an order that makes no sense is refused with words', async () => {
    expect((await control(stack, '/app/pause', { forMs: -1 })).status).toBe(400);
    expect((await control(stack, '/tables/down', { status: 418 })).status).toBe(400);
    expect((await control(stack, '/kill/nobody')).status).toBe(400);
    expect((await control(stack, '/constructor')).status).toBe(404);
  });

  test.each(PROCESSES)('L3: %s is killed, and comes back at its address under a new pid', async (name) => {
    const before = cloud.stack;
    expect((await control(stack, `/kill/${name}`)).status).toBe(200);
    await until(() => cloud.stack.processes[name] !== before.processes[name]);
    const { processes: _, ...addresses } = cloud.stack;
    const { processes: __, ...same } = before;
    expect(addresses).toEqual(same);
    const ports = portsOf(stack, name);
    await until(() => ports.every((port) => listensOn(cloud.stack.processes[name], port)));
  });

  test('L3: after all that, a cluster that dies is brought back', { timeout: STORY_LIMIT_MS }, async () => {
    const { code, output } = await runLocal('local/simulate.ts', 'cluster-crash', '--dir', cloud.dir);
    expect(output).toContain('Over well');
    expect(code).toBe(0);
  });

  test('L3: Ctrl-C stops everything within 3 s and leaves no process, even with the app paused', async () => {
    await control(stack, '/app/pause', { forMs: 60_000 });
    const begun = Date.now();
    cloud.process.kill('SIGINT');
    const { code } = await cloud.ended;
    expect(Date.now() - begun).toBeLessThan(STOP_LIMIT_MS);
    expect(code).toBe(0);
    expect(cloud.survivors()).toEqual([]);
    expect(existsSync(stackFilePath(cloud.dir))).toBe(false);
  });
});

function portsOf(stack: StackFile, name: (typeof PROCESSES)[number]): number[] {
  const urls = {
    app: [stack.app],
    serviceBus: [stack.serviceBus.replace('sb:', 'http:')],
    tables: [stack.tables, stack.blobs],
    simulators: [stack.databricks.primary, stack.databricks.dr, stack.messages],
  }[name];
  return urls.map((url) => Number(new URL(url).port));
}

function listensOn(pid: number, port: number): boolean {
  try {
    return listeningAddresses(pid).includes(`127.0.0.1:${port}`);
  } catch {
    // The process may just be gone.
    return false;
  }
}
