// kill -9 of every process at random moments, and of the whole tree at once, on `--durable` with every message delivered twice: what was
// accepted is handled, nothing is done twice. FAULT_ROUNDS says how many rounds (1 in the suite), FAULT_SEED where they begin.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient } from '../builders/cloud-client.ts';
import { type Fleet, writeFleet } from '../builders/fleet.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';
import { isAlive, until } from '../builders/processes.ts';
import { seeded } from '../builders/seeded.ts';
import { playRound } from './kill-round.ts';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1);
const SEED = Number(process.env.FAULT_SEED ?? 1);
/** Few in the suite, whose time is short; as many as in kill-rounds.test.ts where rounds are asked for. */
const [CLUSTERS, EVENTS] = process.env.FAULT_ROUNDS === undefined ? [12, 48] : [50, 200];
const PROCESSES = ['app', 'serviceBus', 'tables', 'simulators'] as const;
const ROUND_LIMIT_MS = 300_000;

describe('every process is killed at random moments', { timeout: ROUND_LIMIT_MS }, () => {
  let dir: string;
  let fleet: Fleet;
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  const begin = () =>
    new LaptopCloud(`--dir=${dir}`, '--durable', '--duplicate-deliveries', '--no-story', '--estate', fleet.estateFile);
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lakewarden-'));
    fleet = writeFleet(dir, CLUSTERS);
    laptop = begin();
    const stack = await laptop.ready();
    // Of all its lives: that addresses and secrets stay the same is part of what is proved.
    cloud = new CloudClient(() => stack);
  }, 90_000);
  afterAll(async () => {
    await laptop.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  /** The parent first, so that it starts nothing again. */
  async function killAll(): Promise<void> {
    const pids = [laptop.stack.pid, ...Object.values(laptop.stack.processes)];
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await until(() => !pids.some(isAlive));
    await laptop.ended;
    laptop = begin();
    await laptop.ready();
  }

  const kill = (name: (typeof PROCESSES)[number]) => () => cloud.control(`/kill/${name}`, {});

  for (let round = 0; round < ROUNDS; round += 1) {
    const seed = SEED + round;
    it(`D3: invariants 1, 2, 3, 5 and 7 hold after ${EVENTS} events, each process killed and all at once (seed ${seed})`, async () => {
      const random = seeded(seed + 3_000);
      const orders = [...PROCESSES.map(kill), killAll].map((order) => ({ order, place: random() }));
      const kills = orders.toSorted((a, b) => a.place - b.place).map(({ order }) => order);
      const end = await playRound({ cloud, clusters: fleet.ids, events: EVENTS, kills, seed });
      console.info(`seed ${seed}`, JSON.stringify({ ...end, wrong: end.wrong.length }));
      expect(end.wrong).toEqual([]);
      expect(end.accepted).toBe(EVENTS);
    });
  }
});
