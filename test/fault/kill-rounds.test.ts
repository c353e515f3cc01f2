// kill -9 of the app at random moments while events about a fleet pour in, every message delivered twice: nothing lost, nothing twice.
// FAULT_ROUNDS says how many rounds (1 in the suite, 20 before a release), FAULT_SEED where they begin.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBreak } from '../../cli/verify-timeline.ts';
import { CloudClient, clusterEvent, eventually, type SeenIncident } from '../builders/cloud-client.ts';
import { type Fleet, writeFleet } from '../builders/fleet.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';
import { seeded } from '../builders/seeded.ts';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1);
const SEED = Number(process.env.FAULT_SEED ?? 1);
const CLUSTERS = 50;
const EVENTS = 200;
const KILLS = 4;
const ROUND_LIMIT_MS = 240_000;

describe('the app is killed at random moments', { timeout: ROUND_LIMIT_MS * ROUNDS + 60_000 }, () => {
  let dir: string;
  let fleet: Fleet;
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lakewarden-fleet-'));
    fleet = writeFleet(dir, CLUSTERS);
    laptop = new LaptopCloud('--no-story', '--duplicate-deliveries', '--estate', fleet.estateFile);
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(async () => {
    await laptop.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  for (let round = 0; round < ROUNDS; round += 1) {
    it(`D3: invariants 1, 2, 3, 5 and 7 hold after ${EVENTS} events with ${KILLS} kills (seed ${SEED + round})`, async () => {
      const random = seeded(SEED + round);
      const startsBefore = await startsByCluster();
      await Promise.all(fleet.ids.map((id) => cloud.crash(id, 'DRIVER_UNREACHABLE')));
      const [accepted] = await Promise.all([pourIn(random), killNowAndThen(random)]);
      expect(accepted.length).toBeGreaterThan(EVENTS / 2);
      const tickets = new Set<string>();
      for (const location of accepted) {
        const outcome = await patiently(() => cloud.outcome(location), `an outcome at ${location}`);
        expect(outcome.ticketId, 'every accepted event ends in an incident').toBeTypeOf('string');
        tickets.add(outcome.ticketId ?? '');
      }
      const incidents: SeenIncident[] = [];
      for (const ticket of tickets) incidents.push(await patiently(() => ended(ticket), `${ticket} resolved`));
      const subjects = incidents.map(({ subject }) => subject);
      expect(new Set(subjects).size, 'one incident per subject').toBe(subjects.length);
      const starts = await startsByCluster();
      for (const incident of incidents) {
        expect(findBreak(incident), incident.id).toBeUndefined();
        const id = incident.subject.split('/').at(-1) ?? '';
        expect(await cloud.clusterState(id)).toBe('RUNNING');
        const attempts = incident.timeline.filter(({ type }) => type === 'attempt').length;
        const made = (starts.get(id) ?? 0) - (startsBefore.get(id) ?? 0);
        expect(made, `${incident.id}: a decided attempt acts at most once`).toBeLessThanOrEqual(attempts);
        expect(made, incident.id).toBe(1);
      }
    });
  }

  /** Posts events about random clusters, again while the door is away; resolves with the status URLs of those accepted. */
  async function pourIn(random: () => number): Promise<string[]> {
    const locations: string[] = [];
    for (let event = 0; event < EVENTS; event += 1) {
      const id = event < CLUSTERS ? fleet.ids[event] : fleet.ids[Math.floor(random() * CLUSTERS)];
      const location = await patiently(() => post(id ?? ''), 'an accepted event');
      locations.push(location);
      await pause(random() * 40);
    }
    return locations;
  }

  async function post(id: string): Promise<string | undefined> {
    const response = await cloud.send(JSON.stringify(clusterEvent(id)), { prefer: 'wait=0' }).catch(() => undefined);
    return response?.status === 202 ? (response.headers.get('location') ?? undefined) : undefined;
  }

  async function killNowAndThen(random: () => number): Promise<void> {
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(500 + random() * 3_000);
      await cloud.control('/app/kill', {});
    }
  }

  async function ended(ticket: string): Promise<SeenIncident | undefined> {
    const seen = await cloud.incident(ticket);
    return seen.state === 'resolved' || seen.state === 'closed' ? seen : undefined;
  }

  /** The app may be away for a moment. */
  function patiently<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
    return eventually(() => look().catch(() => undefined), ROUND_LIMIT_MS, what);
  }

  async function startsByCluster(): Promise<Map<string, number>> {
    const starts = new Map<string, number>();
    for (const { path, status, body } of await cloud.calls()) {
      if (!/\/clusters\/(re)?start$/.test(path) || status !== 200) continue;
      const id = String((body as { cluster_id?: unknown }).cluster_id);
      starts.set(id, (starts.get(id) ?? 0) + 1);
    }
    return starts;
  }
});
