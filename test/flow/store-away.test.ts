// Our store away with many signals in flight, the broker killed in the middle, and messages that the broker gave up: nothing is lost, everything is handled afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { type Fleet, writeFleet } from '../builders/fleet.ts';
import { keptState } from '../builders/kept-state.ts';
import { LaptopCloud, runLocal } from '../builders/laptop-cloud.ts';
import { until } from '../builders/processes.ts';

/** For each of the two outages. */
const CLUSTERS = 21;
const SIGNALS = 200;
const TIME_SCALE = 30;
const OUTAGE_MS = (3 * 60_000) / TIME_SCALE;
/** Clusters of the fleet that no outage hits. */
const SPARE = 3;
const LIMIT_MS = 120_000;
const NOTHING_LEFT = { active: 0, scheduled: 0, deadLettered: 0 };

const letters = z.object({
  value: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      redrives: z.number(),
      message: z.looseObject({ id: z.string() }),
    }),
  ),
});

describe('our store is away', { timeout: 300_000 }, () => {
  let dir: string;
  let fleet: Fleet;
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lakewarden-fleet-'));
    fleet = writeFleet(dir, 2 * CLUSTERS + SPARE);
    const scale = ['--time-scale', String(TIME_SCALE)];
    laptop = new LaptopCloud('--no-story', '--durable', ...scale, '--estate', fleet.estateFile);
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(async () => {
    await laptop.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  const dead = async (state = '') =>
    letters.parse(await cloud.get(`/api/dead-letters${state && `?state=${state}`}`)).value;
  const redriven = async (state: string, id: string) =>
    await eventually(
      async () => {
        await cloud.runTimer('redrive-dead-letters');
        return (await dead(state)).find(({ message }) => message.id === id);
      },
      60_000,
      `${id} ${state}`,
    );
  const own = async () => (await cloud.incidents('?subject=lakewarden/signals')).value;

  /** Breaks the clusters and posts about them; resolves with the status URLs. */
  async function report(hit: readonly string[]): Promise<string[]> {
    const about = Array.from({ length: SIGNALS }, (_, at) => clusterEvent(hit[at % hit.length] ?? ''));
    const accepted = await Promise.all(about.map((event) => cloud.post(event, { prefer: 'wait=0' })));
    expect(accepted.map(({ status }) => status)).toEqual(about.map(() => 202));
    return accepted.map(({ headers }) => headers.get('location') ?? '');
  }

  async function expectHandled(locations: readonly string[], hit: readonly string[]): Promise<void> {
    const reports = new Map<string, string[]>();
    for (const location of locations) {
      const { ticketId } = await patiently(() => cloud.outcome(location), `an outcome at ${location}`);
      const ticket = ticketId ?? 'none';
      reports.set(ticket, [...(reports.get(ticket) ?? []), location.split('/').at(-1) ?? '']);
    }
    expect(reports.size, 'one incident per cluster').toBe(hit.length);
    for (const ticket of reports.keys()) await cloud.incidentIn(ticket, 'resolved', LIMIT_MS);
    const { incidents } = await keptState(laptop.stack.tablesConnectionString);
    for (const { incident, signals } of incidents.filter(({ incident: { id } }) => reports.has(id))) {
      const heard = reports.get(incident.id) ?? [];
      expect(signals, incident.id).toEqual(expect.arrayContaining(heard));
      expect(incident.signalCount, incident.id).toBe(signals.length);
      // The poll may have found it too, once.
      expect(signals.length - heard.length, incident.id).toBeLessThanOrEqual(1);
    }
    for (const id of hit) expect(await cloud.starts(id), id).toBe(1);
    expect([...(await dead()), ...(await dead('handled'))]).toEqual([]);
    expect(await cloud.queues()).toMatchObject({ signals: NOTHING_LEFT, runs: { deadLettered: 0 } });
    expect(await own()).toEqual([]);
  }

  async function killBroker(): Promise<void> {
    const { serviceBus: before } = laptop.stack.processes;
    await cloud.control('/kill/serviceBus', {});
    await until(() => laptop.stack.processes.serviceBus !== before);
  }

  it('D3: for three scaled minutes with 200 signals in flight: none is lost or dead-lettered, all are handled, each cluster is started once', async () => {
    const hit = fleet.ids.slice(0, CLUSTERS);
    await Promise.all(hit.map((id) => cloud.crash(id, 'DRIVER_UNREACHABLE')));
    await cloud.control('/tables/down', { forMs: OUTAGE_MS });
    await expectHandled(await report(hit), hit);
  });

  it('D3: the broker is killed meanwhile, and again while they are handled: it has them from its log, and the same holds', async () => {
    const hit = fleet.ids.slice(CLUSTERS, 2 * CLUSTERS);
    await Promise.all(hit.map((id) => cloud.crash(id, 'DRIVER_UNREACHABLE')));
    await cloud.control('/tables/down', {});
    const locations = await report(hit);
    expect((await cloud.queues()).signals?.active).toBe(SIGNALS);
    await killBroker();
    await patiently(
      async () => ((await cloud.queues()).signals?.active === SIGNALS ? true : undefined),
      'all from the log',
    );
    await cloud.control('/tables/up', {});
    await patiently(
      async () => ((await cloud.queues()).signals?.active === SIGNALS ? undefined : true),
      'the first handled',
    );
    await killBroker();
    await expectHandled(locations, hit);
  });

  it('D6: a dead-lettered signal is on record, sent again and handled; the incident about ourselves opens and is resolved', async () => {
    const [id = ''] = fleet.ids.slice(-SPARE);
    await cloud.crash(id, 'DRIVER_UNREACHABLE');
    const signal = {
      schemaVersion: 1,
      kind: 'cluster',
      id: 'sig-00000000000000000000000001',
      source: 'webhook',
      receivedAt: new Date().toISOString(),
      correlationId: 'cor-1',
      rawSubject: `cluster/${id}`,
      event: 'cluster.terminated',
      clusterId: id,
      reason: { code: 'DRIVER_UNREACHABLE', type: 'CLIENT_ERROR', parameters: {} },
    };
    await bury(laptop, signal.id, signal.rawSubject, { lakewarden: signal });
    await eventually(async () => (await dead())[0], 30_000, 'the dead letter on record');
    const open = await eventually(async () => (await own())[0], 30_000, 'the incident about ourselves');
    expect(open).toMatchObject({ signalCount: 1 });
    expect(await redriven('handled', signal.id)).toMatchObject({ redrives: 1 });
    const outcome = await cloud.outcomeOf(`/api/signals/${signal.id}`);
    expect(outcome).toMatchObject({ ended: 'opened' });
    await cloud.incidentIn(outcome.ticketId ?? '', 'resolved');
    const resolved = await cloud.incidentIn(open.id, 'resolved');
    expect(resolved.timeline.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['dead-letter-kept', 'incident-resolved']),
    );
  });

  it('D6: one that cannot be handled is given up, shown, and replayed by a person with a reason only', async () => {
    await bury(laptop, 'sig-00000000000000000000000002', 'cluster/nonsense', { lakewarden: { nonsense: true } });
    const letter = await redriven('given-up', 'sig-00000000000000000000000002');
    expect(await cloud.outcome(`/api/signals/${letter.message.id}`)).toMatchObject({ ended: 'quarantined' });
    expect((await own())[0]).toMatchObject({ state: 'escalated' });
    const replay = (body: unknown, which = letter.id, headers: Record<string, string> = { 'x-operator': 'ada' }) =>
      cloud.send(JSON.stringify(body), headers, `/api/dead-letters/${which}/replay`);
    expect((await replay({})).status).toBe(422);
    expect((await replay({ reason: 'nobody says so' }, letter.id, {})).status).toBe(400);
    expect((await replay({ reason: 'try it' }, 'dl-none')).status).toBe(404);
    const answer = await replay({ reason: 'the release understands it now' });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ state: 'redriven', replays: 1, replayedBy: 'operator:ada' });
    await eventually(async () => (await dead('given-up'))[0], 30_000, 'given up again');
  });

  it('D3: npm run rebuild-projections brings back list and outcomes that were dropped, beside the running app', async () => {
    const before = await ofComponents(cloud);
    const [incident] = before.filter(({ signalCount }) => signalCount > 1);
    const timeline = (await cloud.incident(incident?.id ?? '')).timeline;
    const path = `/api/signals/${String(Object(timeline.find(({ type }) => type === 'signal-received')?.data).signalId)}`;
    const outcome = await cloud.outcome(path);
    for (const table of ['index', 'live', 'signals']) await drop(laptop, table);
    expect(await ofComponents(cloud)).toEqual([]);
    expect(await cloud.outcome(path)).toBeUndefined();
    const { code, output } = await runLocal('local/rebuild-projections.ts', '--dir', laptop.dir);
    expect(Number(/(\d+) incidents/.exec(output)?.[1])).toBeGreaterThanOrEqual(before.length);
    expect(code).toBe(0);
    expect(await ofComponents(cloud)).toEqual(before);
    expect(await cloud.outcome(path)).toEqual(outcome);
  });
});

/** Those about ourselves come and go by timers. */
async function ofComponents(cloud: CloudClient) {
  const { value } = await cloud.incidents('?pageSize=100');
  return value.filter(({ subject }) => !subject.startsWith('lakewarden/'));
}

/** A message that has expired when the broker hands it out goes to the dead-letter queue. */
async function bury(laptop: LaptopCloud, messageId: string, sessionId: string, body: unknown): Promise<void> {
  const client = new ServiceBusClient(laptop.stack.serviceBusConnectionString);
  const message = { messageId, sessionId, body, contentType: 'application/json', timeToLive: 1 };
  await client.createSender('signals').sendMessages(message);
  await client.close();
}

/** What is asked may be away for a moment. */
function patiently<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  return eventually(() => look().catch(() => undefined), LIMIT_MS, what);
}

async function drop(laptop: LaptopCloud, name: string): Promise<void> {
  const connection = laptop.stack.tablesConnectionString;
  const table = TableClient.fromConnectionString(connection, name, { allowInsecureConnection: true });
  for await (const { partitionKey = '', rowKey = '' } of table.listEntities())
    await table.deleteEntity(partitionKey, rowKey);
}
