// Our store away with many signals in flight, and messages that the broker gave up: nothing is lost, everything is handled afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { type Fleet, writeFleet } from '../builders/fleet.ts';
import { LaptopCloud, runLocal } from '../builders/laptop-cloud.ts';

const CLUSTERS = 24;
const SIGNALS = 200;
const TIME_SCALE = 30;
const OUTAGE_MS = (3 * 60_000) / TIME_SCALE;
/** Clusters of the fleet that the outage leaves alone. */
const SPARE = 3;

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
    fleet = writeFleet(dir, CLUSTERS);
    laptop = new LaptopCloud('--no-story', '--time-scale', String(TIME_SCALE), '--estate', fleet.estateFile);
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

  it('D3: for three scaled minutes with 200 signals in flight: none is lost or dead-lettered, all are handled, each cluster is started once', async () => {
    const hit = fleet.ids.slice(0, CLUSTERS - SPARE);
    await Promise.all(hit.map((id) => cloud.crash(id, 'DRIVER_UNREACHABLE')));
    await cloud.control('/tables/down', { forMs: OUTAGE_MS });
    const accepted = await Promise.all(
      Array.from({ length: SIGNALS }, (_, at) =>
        cloud.post(clusterEvent(hit[at % hit.length] ?? '', 'DRIVER_UNREACHABLE'), { prefer: 'wait=0' }),
      ),
    );
    const tickets = new Map<string, number>();
    for (const { status, headers } of accepted) {
      expect(status).toBe(202);
      const { ticketId } = await cloud.outcomeOf(headers.get('location') ?? '', 120_000);
      tickets.set(ticketId ?? 'none', (tickets.get(ticketId ?? 'none') ?? 0) + 1);
    }
    expect(tickets.size, 'one incident per cluster').toBe(hit.length);
    for (const [ticket, count] of tickets) {
      expect((await cloud.incidentIn(ticket, 'resolved', 120_000)).signalCount, ticket).toBe(count);
    }
    for (const id of hit) expect(await cloud.starts(id), id).toBe(1);
    expect([...(await dead()), ...(await dead('handled'))]).toEqual([]);
    expect(await own()).toEqual([]);
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
    const before = await cloud.incidents('?pageSize=100');
    const [incident] = before.value.filter(({ signalCount }) => signalCount > 1);
    const timeline = (await cloud.incident(incident?.id ?? '')).timeline;
    const path = `/api/signals/${String(Object(timeline.find(({ type }) => type === 'signal-received')?.data).signalId)}`;
    const outcome = await cloud.outcome(path);
    for (const table of ['index', 'live', 'signals']) await drop(laptop, table);
    expect((await cloud.incidents()).value).toEqual([]);
    expect(await cloud.outcome(path)).toBeUndefined();
    const { code, output } = await runLocal('local/rebuild-projections.ts', '--dir', laptop.dir);
    expect(output).toContain(`${before.value.length} incidents`);
    expect(code).toBe(0);
    expect(await cloud.incidents('?pageSize=100')).toEqual(before);
    expect(await cloud.outcome(path)).toEqual(outcome);
  });
});

/** A message that has expired when the broker hands it out goes to the dead-letter queue. */
async function bury(laptop: LaptopCloud, messageId: string, sessionId: string, body: unknown): Promise<void> {
  const client = new ServiceBusClient(laptop.stack.serviceBusConnectionString);
  const message = { messageId, sessionId, body, contentType: 'application/json', timeToLive: 1 };
  await client.createSender('signals').sendMessages(message);
  await client.close();
}

async function drop(laptop: LaptopCloud, name: string): Promise<void> {
  const connection = laptop.stack.tablesConnectionString;
  const table = TableClient.fromConnectionString(connection, name, { allowInsecureConnection: true });
  for await (const { partitionKey = '', rowKey = '' } of table.listEntities())
    await table.deleteEntity(partitionKey, rowKey);
}
