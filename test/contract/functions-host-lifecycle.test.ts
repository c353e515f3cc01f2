// How the host begins and ends: loading, hooks, time limits, crashes, an orderly stop, and nothing beyond loopback.
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  eventually,
  HOST_JSON,
  type HostedApp,
  type HostedOptions,
  hosted,
  json,
  StartFailed,
} from './functions-host.harness.ts';

let dir: string;
let notes: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifecycle-'));
  notes = join(dir, 'notes');
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function withApp<T>(fixture: string, options: HostedOptions, use: (app: HostedApp) => Promise<T>): Promise<T> {
  await rm(notes, { force: true });
  const app = await hosted(fixture, { ...options, settings: { NOTES: notes, ...options.settings } });
  try {
    return await use(app);
  } finally {
    await app.stop();
  }
}

async function noted(): Promise<string[]> {
  return (await readFile(notes, 'utf8')).trim().split('\n');
}

function isNoted(text: string): Promise<unknown> {
  return eventually(noted, (lines) => lines.includes(text));
}

async function startFault(
  fixture: string,
  options: HostedOptions = {},
): Promise<{ fault: string; code: number | null }> {
  const error: unknown = await hosted(fixture, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StartFailed)) throw new Error('the host started');
  return { fault: error.message, code: await error.exited };
}

test('L3: an app that fails to load ends the host with words, even if functions had registered', async () => {
  const { fault, code } = await startFault('broken.mjs');
  expect(fault).toMatch(/could not be loaded: .*broken\.mjs: broken on purpose/);
  expect(code).toBe(1);
});

test('L3: an app without functions ends the host with words', async () => {
  const { fault, code } = await startFault('empty.mjs');
  expect(fault).toMatch(/no function was registered/);
  expect(code).toBe(1);
});

test('L3: a main that matches nothing, and a host.json that Azure refuses, end the host with words', async () => {
  expect((await startFault('not-there.mjs')).fault).toMatch(/matches no file/);
  expect((await startFault('http.mjs', { hostJson: { version: '1.0' } })).fault).toMatch(/version must be "2.0"/);
  expect((await startFault('http.mjs', { hostJson: { version: '2.0', functionTimeout: '5 minutes' } })).fault).toMatch(
    /time span/,
  );
  const prefetch = { version: '2.0', extensions: { serviceBus: { prefetchCount: 5 } } };
  expect((await startFault('http.mjs', { hostJson: prefetch })).fault).toMatch(/prefetchCount/);
});

test('L3: a taken port ends the host with words', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  expect((await startFault('common.cjs', { port })).fault).toMatch(/EADDRINUSE/);
  server.close();
});

test('L3: hooks run in the worker’s order and may replace inputs, handler, result and error', async () => {
  await withApp('lifecycle.mjs', {}, async (app) => {
    expect(await (await fetch(`${app.url}/hooked`)).text()).toBe('wrapped handler got replaced seen');
    expect(await (await fetch(`${app.url}/swallowed`)).text()).toBe('swallowed');
    expect(await noted()).toEqual(['appStart']);
    expect(await app.stop()).toBe(0);
    expect(await noted()).toEqual(['appStart', 'appTerminate true']);
  });
});

test('L3: the log hook is refused as by worker 3.9.1', async () => {
  await withApp('lifecycle.mjs', {}, async (app) => {
    expect(await (await fetch(`${app.url}/log-hook`)).text()).toMatch(/Log hooks require Azure Functions Host v4\.34/);
  });
});

test('L3: functionTimeout fails the invocation, everything else in flight, and the process', async () => {
  await withApp('lifecycle.mjs', { hostJson: { ...HOST_JSON, functionTimeout: '00:00:01' } }, async (app) => {
    const hanging = fetch(`${app.url}/hangs`);
    await isNoted('hangs begun');
    const sibling = fetch(`${app.url}/slow?ms=20000`);
    await isNoted('slow begun');
    expect((await hanging).status).toBe(500);
    expect((await sibling).status).toBe(500);
    expect(await app.exited).toBe(1);
    expect(app.logs()).toContainEqual(
      expect.objectContaining({ level: 'critical', message: expect.stringContaining('Timeout value of 1000 ms') }),
    );
    expect(app.logs()).toContainEqual(
      expect.objectContaining({ function: 'slow', error: expect.stringContaining('the worker process ended') }),
    );
  });
});

test.each(['crash', 'reject'])(
  'L3: an uncaught error (%s) ends the process with 1, after failing what was in flight',
  async (kind) => {
    await withApp('lifecycle.mjs', {}, async (app) => {
      expect((await fetch(`${app.url}/${kind}`)).status).toBe(500);
      expect(await app.exited).toBe(1);
      expect(app.logs()).toContainEqual(
        expect.objectContaining({ level: 'critical', message: expect.stringContaining('nobody') }),
      );
    });
  },
);

test('L3: a stop lets a request finish, takes no new one, and then runs the appTerminate hooks', async () => {
  await withApp('lifecycle.mjs', {}, async (app) => {
    const slow = fetch(`${app.url}/slow?ms=400`);
    await isNoted('slow begun');
    const stopped = app.stop();
    await eventually(
      () =>
        fetch(`${app.url}/log-hook`).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status !== 200,
    );
    expect(await (await slow).text()).toBe('done');
    expect(await stopped).toBe(0);
    expect(await noted()).toEqual(['appStart', 'slow begun', 'slow ended', 'appTerminate true']);
  });
});

test('L3: a stop does not wait for a request that takes too long', async () => {
  await withApp('lifecycle.mjs', {}, async (app) => {
    const hanging = fetch(`${app.url}/hangs`).catch(() => 'cut off');
    await isNoted('hangs begun');
    expect(await app.stop()).toBe(0);
    expect(await hanging).toBe('cut off');
    expect(await noted()).toContain('appTerminate true');
  });
});

test('L3: settings are in the environment before the app loads, and nothing of the parent is', async () => {
  await withApp('lifecycle.mjs', { settings: { MINE: 'yes' } }, async (app) => {
    const environment = await json<Record<string, string>>(await fetch(`${app.url}/environment`));
    expect(environment).toMatchObject({ MINE: 'yes', FUNCTIONS_WORKER_RUNTIME: 'node' });
    expect(environment).not.toHaveProperty('LAKEWARDEN_CHILD');
  });
});

test('L3: the host, the library’s stream proxy and whatever the app opens listen on loopback only', async () => {
  await withApp('stream.mjs', {}, async (app) => {
    const listening = await listeningAddresses(app.pid);
    // The host itself and the library's proxy.
    expect(listening).toHaveLength(2);
    expect(new Set(listening)).toEqual(new Set(['127.0.0.1']));
  });
  await withApp('lifecycle.mjs', {}, async (app) => {
    expect(await json(await fetch(`${app.url}/listen`))).toMatchObject({ address: '127.0.0.1' });
    expect(new Set(await listeningAddresses(app.pid))).toEqual(new Set(['127.0.0.1']));
  });
});

const LISTEN = '0A';

/** Addresses of the listening sockets that the process holds, as the kernel knows them. */
async function listeningAddresses(pid: number): Promise<string[]> {
  const inodes = new Set<string>();
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode) inodes.add(inode);
  }
  const rows = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '')),
  );
  return rows.flatMap((table) =>
    table.split('\n').flatMap((row) => {
      const columns = row.trim().split(/\s+/);
      const isOurs = columns[3] === LISTEN && inodes.has(columns[9] ?? '');
      return isOurs ? [addressOf(columns[1] ?? '')] : [];
    }),
  );
}

/** IPv4 is written as a little-endian number; anything longer stays as it is, which no test expects. */
function addressOf(local: string): string {
  const [hex = ''] = local.split(':');
  if (hex.length !== 8) return hex;
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}
