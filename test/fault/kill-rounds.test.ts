// kill -9 of the app at random moments while events about a fleet pour in, every message delivered twice: nothing lost, nothing twice.
// FAULT_ROUNDS says how many rounds (1 in the suite, 20 before a release), FAULT_SEED where they begin.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient } from '../builders/cloud-client.ts';
import { type Fleet, writeFleet } from '../builders/fleet.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';
import { playRound } from './kill-round.ts';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1);
const SEED = Number(process.env.FAULT_SEED ?? 1);
const CLUSTERS = 50;
const EVENTS = 200;
const KILLS = 4;
const ROUND_LIMIT_MS = 300_000;

describe('the app is killed at random moments', { timeout: ROUND_LIMIT_MS }, () => {
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
      const kill = () => cloud.control('/app/kill', {});
      const kills = Array.from({ length: KILLS }, () => kill);
      const end = await playRound({ cloud, clusters: fleet.ids, events: EVENTS, kills, seed: SEED + round });
      console.info(`seed ${SEED + round}`, JSON.stringify({ ...end, wrong: end.wrong.length }));
      expect(end.wrong).toEqual([]);
      expect(end.accepted).toBe(EVENTS);
    });
  }
});
