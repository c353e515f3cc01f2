// A poisoned subject: its partition is away, so that whoever handles a signal of it always throws, and its first message comes again and
// again. Beside it, on the real broker and the real host, others are repaired as promptly as without it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOf } from '../../shared/domain/ids.ts';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { type Fleet, writeFleet } from '../builders/fleet.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const PAIRS = 5;
const POISONED_SIGNALS = 10;
/** What a noisy machine may make of equal. One wait of a delivery that is given back is many times as long. */
const AS_PROMPT = 3;
const LIMIT_MS = 120_000;

describe('a poisoned subject', { timeout: 300_000 }, () => {
  let dir: string;
  let fleet: Fleet;
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lakewarden-fleet-'));
    fleet = writeFleet(dir, 3 * PAIRS + 1);
    laptop = new LaptopCloud('--no-story', '--estate', fleet.estateFile);
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(async () => {
    await laptop.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  async function report(cluster: string, count = 1): Promise<string[]> {
    const events = Array.from({ length: count }, () => clusterEvent(cluster));
    const answers = await Promise.all(events.map((event) => cloud.post(event, { prefer: 'wait=0' })));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    return answers.map(({ headers }) => headers.get('location') ?? '');
  }

  async function refusals(): Promise<number> {
    return (await cloud.counts()).storage.tables.refused ?? 0;
  }

  /** From the report to the start, by the app's own clock. */
  async function remedyMs(cluster: string): Promise<number> {
    const [location = ''] = await report(cluster);
    const { ticketId } = await cloud.outcomeOf(location, LIMIT_MS);
    const acted = async () => {
      const { timeline } = await cloud.incident(ticketId ?? '');
      return timeline.some(({ type }) => type === 'acted') ? timeline : undefined;
    };
    const timeline = await eventually(acted, LIMIT_MS, `${cluster} started`);
    const at = (wanted: string) => timeline.find(({ type }) => type === wanted);
    return Date.parse(String(at('acted')?.at)) - Date.parse(String(Object(at('signal-received')?.data).receivedAt));
  }

  /** The healthy one's remedy, while nothing about the poisoned one can be handled; with the status URLs of what that one waits for. */
  async function remedyBeside(poisoned: string, healthy: string) {
    const before = await refusals();
    await cloud.control('/tables/down', { partition: hashOf(`cluster/databricks-dev/${poisoned}`) });
    const locations = await report(poisoned, POISONED_SIGNALS);
    const tried = async () => ((await refusals()) > before ? true : undefined);
    await eventually(tried, LIMIT_MS, 'the poisoned one handled in vain');
    const tookMs = await remedyMs(healthy);
    const waiting = await Promise.all(locations.map((location) => cloud.outcome(location)));
    expect(waiting, 'none of the poisoned ones is handled').toEqual(locations.map(() => undefined));
    await cloud.control('/tables/up', {});
    return { poisoned, locations, tookMs };
  }

  async function expectRepaired(poisoned: string, locations: readonly string[]): Promise<void> {
    const outcomes = await Promise.all(locations.map((location) => cloud.outcomeOf(location, LIMIT_MS)));
    const [ticket = '', ...more] = new Set(outcomes.map(({ ticketId }) => ticketId));
    expect(more).toEqual([]);
    await cloud.incidentIn(ticket ?? '', 'resolved', LIMIT_MS);
    expect(await cloud.starts(poisoned)).toBe(1);
  }

  it('D3: does not delay the remedy of another, and is handled whole once it is well again', async () => {
    const [first = '', ...others] = fleet.ids;
    await cloud.crash(first, 'DRIVER_UNREACHABLE');
    // What a process does for the first time takes longer.
    await remedyMs(first);
    const alone: number[] = [];
    const beside: Awaited<ReturnType<typeof remedyBeside>>[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const three = others.slice(3 * pair, 3 * pair + 3);
      await Promise.all(three.map((id) => cloud.crash(id, 'DRIVER_UNREACHABLE')));
      const [calm = '', poisoned = '', healthy = ''] = three;
      alone.push(await remedyMs(calm));
      beside.push(await remedyBeside(poisoned, healthy));
    }
    const took = beside.map(({ tookMs }) => tookMs);
    expect(median(took) / median(alone), JSON.stringify({ alone, took })).toBeLessThan(AS_PROMPT);
    for (const { poisoned, locations } of beside) await expectRepaired(poisoned, locations);
    expect(Object.values(await cloud.queues()).map(({ deadLettered }) => deadLettered)).toEqual([0, 0, 0]);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
