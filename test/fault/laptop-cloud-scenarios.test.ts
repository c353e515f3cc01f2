import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { scenarios } from '../../local/scenarios/index.ts';
import type { StackFile } from '../../local/stack/stack-file.ts';
import { type LaptopCloud, laptopCloudWith, runLocal } from '../builders/laptop-cloud.ts';

const SCENARIO_LIMIT_MS = 120_000;
const callsSchema = z.array(z.object({ path: z.string(), status: z.number().nullable() }));
const countsSchema = z.object({ storage: z.object({ tables: z.record(z.string(), z.number()) }) });

let cloud: LaptopCloud;
let stack: StackFile;
beforeAll(async () => {
  // A small budget, so that a mass failure has to wait for it on a machine of any speed.
  cloud = laptopCloudWith({ '/budgets': { actsPerMinute: 10 } }, '--no-story');
  stack = await cloud.ready();
});
afterAll(() => cloud?.remove());

async function statusesOfCalls(): Promise<(number | null)[]> {
  const calls = await fetch(`${stack.databricks.primary}/_sim/calls`);
  return callsSchema.parse(await calls.json()).map(({ status }) => status);
}

async function refusedByTables(): Promise<number> {
  const counts = await fetch(`${stack.control}/counts`, { headers: { 'x-admin-key': stack.adminKey } });
  return countsSchema.parse(await counts.json()).storage.tables.refused ?? 0;
}

/** Options that keep it short, and what proves that the fault was really there and not only announced. */
const PROOFS: Record<string, { options?: string[]; felt: (output: string) => Promise<void> | void }> = {
  'cluster-crash': { felt: (output) => expect(output).toContain('DatabricksDriverNotResponding') },
  'slow-api': {
    options: ['--for', '6s'],
    // Each call takes 2 s longer than the run needs for it otherwise.
    felt: (output) => expect(secondsOf(output, 'acted')).toBeGreaterThan(2),
  },
  throttle: { options: ['--for', '6s'], felt: async () => expect(await statusesOfCalls()).toContain(429) },
  'api-down': { options: ['--for', '3s'], felt: async () => expect(await statusesOfCalls()).toContain(503) },
  'broker-down': {
    options: ['--for', '3s'],
    felt: (output) => expect(output).toContain('answers 503; the sender tries again'),
  },
  'tables-down': { options: ['--for', '3s'], felt: async () => expect(await refusedByTables()).toBeGreaterThan(0) },
  'kill-app': { felt: () => expect(cloud.stack.processes.app).not.toBe(stack.processes.app) },
  'pause-app': {
    options: ['--for', '3s'],
    felt: (output) => expect(secondsOf(output, 'incident-resolved')).toBeGreaterThan(3),
  },
  'second-failure': { felt: (output) => expect(ticketsOf(output).size).toBe(2) },
  'stock-out': { felt: (output) => expect(output).toMatch(/Changed node_type_id from \S+ to Standard_/) },
  quota: { felt: (output) => expect(output).toMatch(/Changed num_workers from 2 to 1/) },
  'bad-config': { felt: (output) => expect(output).toMatch(/Changed spark_conf/) },
  storm: { options: ['--count', '20'], felt: (output) => expect(ticketsOf(output).size).toBe(1) },
  'mass-failure': {
    options: ['--count', '40'],
    felt: (output) => {
      expect(output).toContain('40 incidents');
      expect(output).toMatch(/\d+ wait for databricks-dev \(10 acts a minute\): the last turn comes in \d+ s/);
      expect(output).toMatch(/over webhook: \d+ one by one, [1-9]\d* summaries of \d+ more/);
    },
  },
  'warehouse-down': { felt: (output) => expect(output).toContain('Start was accepted') },
  'notebook-missing': { felt: (output) => expect(output).toContain('was created from its last good copy') },
  'job-failure': { felt: (output) => expect(output).toContain('Waits for cluster') },
};

/** Those of regions are played in test/flow/regions.test.ts, by the same command line, under the eyes of an onlooker. */
const OF_REGIONS: readonly string[] = [
  'own-network-broken',
  'region-outage',
  'region-brownout',
  'lying-witness',
  'monitor-outage',
];

function secondsOf(output: string, type: string): number {
  return Number(new RegExp(`\\+ *([\\d.]+) s  \\S+  ${type} `).exec(output)?.[1]);
}

function ticketsOf(output: string): Set<string> {
  return new Set(output.match(/RCA-\d{8}-\d{3}/g));
}

describe('npm run simulate against a running laptop cloud', () => {
  test.each(scenarios.map(({ name }) => name).filter((name) => !OF_REGIONS.includes(name)))(
    'L3: %s does what it says, is followed to the end, and ends over well',
    { timeout: SCENARIO_LIMIT_MS },
    async (name) => {
      const proof = PROOFS[name];
      if (!proof) throw new Error(`${name} has no proof that its fault is felt`);
      await fetch(`${stack.databricks.primary}/_sim/calls`, { method: 'DELETE' });
      const { code, output } = await runLocal('local/simulate.ts', name, '--dir', cloud.dir, ...(proof.options ?? []));
      expect(output).toContain('Over well');
      expect(code).toBe(0);
      await proof.felt(output);
    },
  );

  test('C2: job-failure --cause code is a person’s, and resolved by the success of what the person repaired', {
    timeout: SCENARIO_LIMIT_MS,
  }, async () => {
    const { code, output } = await runLocal('local/simulate.ts', 'job-failure', '--cause', 'code', '--dir', cloud.dir);
    expect(output).toContain('Over well');
    expect(output).toMatch(/human-needed[\s\S]*person +mends[\s\S]*incident-resolved/);
    expect(code).toBe(0);
  });

  test('L3: what is not over well exits 1 and says why', { timeout: SCENARIO_LIMIT_MS }, async () => {
    const benign = await runLocal('local/simulate.ts', 'cluster-crash', '--code', 'INACTIVITY', '--dir', cloud.dir);
    expect(benign.code).toBe(1);
    expect(benign.output).toContain('the event opened no incident');
    const unknown = await runLocal('local/simulate.ts', 'cluster-crash', '--cluster', 'nobody', '--dir', cloud.dir);
    expect(unknown.code).toBe(1);
    expect(unknown.output).toContain('nobody');
  });
});
