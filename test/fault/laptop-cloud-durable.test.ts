// `npm start -- --durable`: any process killed -9, and all of them at once, in the middle of recoveries; started again in the same
// folder it goes on where it was, at the same addresses, with the same secrets.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBreak } from '../../cli/verify-timeline.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { durableDir, identityFor } from '../../local/stack/identity.ts';
import { parseStartOptions, RefusedOptions } from '../../local/stack/options.ts';
import { readStackFile, type StackFile } from '../../local/stack/stack-file.ts';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { writeFleet } from '../builders/fleet.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';
import { isAlive, until } from '../builders/processes.ts';

const LIMIT_MS = 240_000;
const CLUSTERS = 12;
/** Messages of a window that go out over each of the two channels before the rest is folded. */
const ONE_BY_ONE = 5;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lakewarden-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('L3: the identity of a durable cloud', () => {
  const durable = () => parseStartOptions(['--durable', '--port', '0', '--dir', dir], '/root');

  test('L3: secrets and ports are kept, for their owner only; without --durable they are fresh', async () => {
    const first = await identityFor(durable());
    expect(await identityFor(durable())).toEqual(first);
    expect(new Set(Object.values(first.ports)).size).toBe(10);
    expect(Object.values(first.ports).every((port) => port > 0)).toBe(true);
    expect(statSync(durableDir(dir, 'identity.json')).mode & 0o777).toBe(0o600);
    const fresh = await identityFor({ ...durable(), durable: false });
    expect(fresh.secrets.apiKey).not.toBe(first.secrets.apiKey);
    expect(await identityFor(durable())).toEqual(first);
  });

  test('L3: a port on the command line is taken, and kept from then on', async () => {
    const { ports } = await identityFor(durable());
    const other = { ...durable(), port: ports.app === 29_999 ? 20_000 : ports.app + 1 };
    expect((await identityFor(other)).ports).toEqual({ ...ports, app: other.port });
    expect((await identityFor(durable())).ports.app).toBe(other.port);
  });

  test('L4: a port that is held for a moment is waited for', async () => {
    const { ports } = await identityFor(durable());
    const squatter = createServer();
    await listenOnLoopback(squatter, ports.serviceBus);
    setTimeout(() => squatter.close(), 300);
    expect((await identityFor(durable())).ports).toEqual(ports);
  });

  test('L4: a file that is not ours is refused in words', async () => {
    await identityFor(durable());
    writeFileSync(durableDir(dir, 'identity.json'), '{"secrets": {}}');
    await expect(identityFor(durable())).rejects.toThrow(RefusedOptions);
    await expect(identityFor(durable())).rejects.toThrow(`delete ${durableDir(dir)}`);
  });
});

describe('D3: killed -9 in the middle of recoveries', () => {
  test('D3: one process after the other, then all at once: every accepted event is handled, every cluster started once; and again with --once', {
    timeout: LIMIT_MS,
  }, async () => {
    const { estateFile, ids } = writeFleet(dir, CLUSTERS);
    const args = [`--dir=${dir}`, '--durable', '--no-story', '--estate', estateFile];
    let laptop = new LaptopCloud(...args);
    try {
      const first = await laptop.ready();
      const cloud = new CloudClient(() => laptop.stack);
      await Promise.all(ids.map((id) => cloud.crash(id, 'DRIVER_UNREACHABLE')));
      const locations = new Map<string, string>();
      const report = async (some: readonly string[]) => {
        for (const id of some) locations.set(id, await accepted(cloud, id));
      };
      await report(ids.slice(0, 4));
      await killed(laptop, 'serviceBus');
      await report(ids.slice(4, 6));
      await killed(laptop, 'tables');
      await report(ids.slice(6, 8));
      await killed(laptop, 'simulators');
      await report(ids.slice(8));
      // Accepted a moment ago, and now everything is gone at once.
      await killAll(laptop);

      laptop = new LaptopCloud(...args);
      const second = await laptop.ready();
      expect(addresses(second)).toEqual(addresses(first));
      const tickets = new Set<string>();
      for (const id of ids) {
        const outcome = await patiently(() => cloud.outcome(locations.get(id) ?? ''), `an outcome of ${id}`);
        const ticket = outcome.ticketId ?? expect.fail(`${id} has no ticket: ${JSON.stringify(outcome)}`);
        tickets.add(ticket);
        const incident = await patiently(() => resolved(cloud, ticket), `${id}, ${ticket} resolved`);
        expect(incident.subject).toContain(id);
        expect(findBreak(incident), ticket).toBeUndefined();
        expect(await cloud.clusterState(id)).toBe('RUNNING');
      }
      expect(tickets.size).toBe(CLUSTERS);
      expect(await startsOf(cloud, ids)).toEqual(ids.map((id) => [id, 1]));
      // What people were told before the kill is still on record.
      expect((await cloud.messages()).length).toBeGreaterThanOrEqual(2 * ONE_BY_ONE);
      laptop.process.kill('SIGTERM');
      expect((await laptop.ended).code).toBe(0);

      // Ended in order, and begun once more for the story: its ticket is a further one (there may be some about ourselves between).
      laptop = new LaptopCloud(`--dir=${dir}`, '--durable', '--once', '--estate', estateFile);
      const { code, output } = await laptop.ended;
      expect(output).toContain(`kept in ${durableDir(dir)}`);
      const [, number] = /RCA-\d{8}-(\d{3}) is resolved/.exec(output) ?? [];
      expect(Number(number)).toBeGreaterThan(CLUSTERS);
      expect(code).toBe(0);
      expect(laptop.survivors()).toEqual([]);
    } finally {
      await laptop.remove();
    }
  });
});

async function killed(laptop: LaptopCloud, name: keyof StackFile['processes']): Promise<void> {
  const before = laptop.stack.processes[name];
  process.kill(before, 'SIGKILL');
  await until(() => laptop.stack.processes[name] !== before);
}

/** The parent first, so that it starts nothing again. */
async function killAll(laptop: LaptopCloud): Promise<void> {
  const pids = [laptop.stack.pid, ...Object.values(laptop.stack.processes)];
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(() => !pids.some(isAlive));
  await laptop.ended;
  expect(readStackFile(laptop.dir)).toBeDefined();
}

function addresses({ pid: _, processes: __, ...rest }: StackFile): Partial<StackFile> {
  return rest;
}

/** The door is asked until it has taken the event: it may be without its broker for a moment. */
function accepted(cloud: CloudClient, id: string): Promise<string> {
  return patiently(async () => {
    const response = await cloud.send(JSON.stringify(clusterEvent(id)), { prefer: 'wait=0' });
    return response.status === 202 ? (response.headers.get('location') ?? undefined) : undefined;
  }, `${id} accepted`);
}

async function resolved(cloud: CloudClient, ticket: string) {
  const incident = await cloud.incident(ticket);
  return incident.state === 'resolved' || incident.state === 'closed' ? incident : undefined;
}

function patiently<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  return eventually(() => look().catch(() => undefined), LIMIT_MS / 2, what);
}

/** Starts that the workspace answered with 200, in both lives. */
async function startsOf(cloud: CloudClient, ids: readonly string[]): Promise<[string, number][]> {
  const starts = (await cloud.calls()).filter(
    ({ path, status }) => /\/clusters\/(re)?start$/.test(path) && status === 200,
  );
  const isFor = (id: string, body: unknown) => Object(body).cluster_id === id;
  return ids.map((id) => [id, starts.filter(({ body }) => isFor(id, body)).length]);
}
