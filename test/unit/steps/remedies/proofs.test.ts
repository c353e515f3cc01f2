// Judged remedy by remedy (E2): which test proves the recovery, what follows a failed verification, a crash, and the dry run. The
// compiler keeps the table complete; the tests it names are looked up by their titles, and have to name the remedy where they assert.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RemedyId } from '../../../../shared/domain/playbooks/remedy-ids.ts';

const MACHINES = 'flow/cluster-machines';
const CLUSTERS = 'flow/cluster-remedies';
const OTHERS = 'flow/other-remedies';
const JOBS = 'flow/jobs';
const WRITES = 'simulation/crash-between-calls';
const REGION = 'unit/usecases/region-outage';

/** A file below test/, and how the title of a test in it begins. */
type Test = readonly [file: string, title: string];

interface Proof {
  /** From signal to verified recovery: on the laptop cloud, but for a region, which takes minutes to be believed well. */
  readonly recovers: Test;
  /** What follows when it does not help: the next remedy or a person. */
  readonly fails: Test;
  /** Exactly one effect, whatever dies: a process killed by -9, or every write over the house in memory. */
  readonly crash: Test;
  /** Nothing is written, by the simulators' own logs. */
  readonly dryRun: Test;
}

const stockOut: Test = [CLUSTERS, 'E5: what does not help is followed by the next remedy'];
const quota: Test = [CLUSTERS, 'E2, C1: a restart that meets a quota'];
const dryRuns: Test = [CLUSTERS, 'E7: the dry run says what every remedy of a cluster'];
const everyWrite: Test = [WRITES, 'D3: %s: whatever write'];
const pool: Test = [MACHINES, 'E2: a full pool is raised'];
const grown: Test = [MACHINES, 'E1, E2: a cluster whose estate lets it grow'];
const badEdit: Test = [CLUSTERS, 'E2, E3: a bad edit by a person'];
const warehouse: Test = [OTHERS, 'E2, E5, E7: a warehouse that failed'];
const smaller: Test = [OTHERS, 'E2, E5, E7: one without machines'];
const hopeless: Test = [OTHERS, 'E5: a warehouse that a start'];
const notebook: Test = [OTHERS, 'E2, E5, E7: a notebook that is gone'];
const remade: Test = [OTHERS, 'E2, E5, E7: a cluster that is gone'];

const proofs = {
  'restart-cluster': {
    recovers: ['flow/cluster-terminated', 'A6, D1: the documented test'],
    fails: quota,
    crash: ['flow/outages', 'D3: the app is killed in the middle of a recovery'],
    dryRun: dryRuns,
  },
  'use-on-demand': {
    recovers: [MACHINES, 'E2, E5: spot machines'],
    fails: stockOut,
    crash: everyWrite,
    dryRun: dryRuns,
  },
  'change-node-type': {
    recovers: [CLUSTERS, 'A6, E2: the second documented test'],
    fails: stockOut,
    crash: [WRITES, 'D3: ends in the same way whatever await'],
    dryRun: dryRuns,
  },
  'scale-down': { recovers: quota, fails: stockOut, crash: quota, dryRun: dryRuns },
  'scale-up': {
    recovers: grown,
    fails: [MACHINES, 'E5: one that has grown and dies'],
    crash: everyWrite,
    dryRun: grown,
  },
  'raise-pool-capacity': {
    recovers: pool,
    fails: ['unit/usecases/cluster-remedies', 'E5: raised, and the new machines'],
    crash: everyWrite,
    dryRun: pool,
  },
  'rollback-config': {
    recovers: badEdit,
    fails: ['unit/usecases/cluster-remedies', 'E5: rolled back, and it does not start'],
    crash: everyWrite,
    dryRun: badEdit,
  },
  'restart-warehouse': { recovers: warehouse, fails: hopeless, crash: warehouse, dryRun: warehouse },
  'resize-warehouse': {
    recovers: smaller,
    fails: hopeless,
    crash: ['unit/usecases/warehouses', 'E2: a change that was not sent'],
    dryRun: smaller,
  },
  'recover-run': {
    recovers: [JOBS, 'C2, E9: with its cluster'],
    fails: [JOBS, 'E5: a repair that then fails'],
    crash: [JOBS, 'C2, E9: with its cluster'],
    dryRun: [JOBS, 'E7: a dry run says'],
  },
  'restore-notebook': {
    recovers: notebook,
    fails: [OTHERS, 'E5: a restored notebook that does not run'],
    crash: notebook,
    dryRun: notebook,
  },
  'recreate-by-terraform': {
    recovers: remade,
    fails: [OTHERS, 'E5: an apply that fails'],
    crash: remade,
    dryRun: remade,
  },
  'release-components': {
    recovers: [REGION, 'C6, E10: when it is well again'],
    fails: [REGION, 'E5: out again before all'],
    crash: [REGION, 'D3: whatever await a process dies at'],
    dryRun: [REGION, 'E7: the dry run says how many'],
  },
} as const satisfies Record<RemedyId, Proof>;

/** The words of a test from its title to the next one; undefined where there is none, or it is left out. */
function bodyOf([file, title]: Test): string | undefined {
  const source = readFileSync(new URL(`../../../${file}.test.ts`, import.meta.url), 'utf8');
  const tests = source.split(/^ *(?=(?:it|test)(?:\.\w+)*\()/m);
  return tests.find((text) => !/^\w+\.(?:skip|todo)/.test(text) && text.includes(`'${title}`));
}

describe('every remedy is proved', () => {
  for (const [remedy, proof] of Object.entries(proofs)) {
    for (const [what, test] of Object.entries(proof)) {
      it(`E2: ${remedy}, ${what}: by a test that there is`, () => {
        expect(bodyOf(test), test.join(': ')).toBeDefined();
      });
    }
  }

  it('E2: a recovery and a dry run on the laptop cloud name the remedy that they prove', () => {
    const onLaptop = Object.entries(proofs).flatMap(([remedy, { recovers, fails, dryRun }]) =>
      [recovers, fails, dryRun].filter(([file]) => file.startsWith('flow/')).map((test) => ({ remedy, test })),
    );
    const silent = onLaptop.filter(({ remedy, test }) => !bodyOf(test)?.includes(`'${remedy}'`));
    expect(silent).toEqual([]);
  });

  it('E2: each remedy of two calls that is not told by itself stands in the list of those that die at every write', () => {
    const source = readFileSync(new URL(`../../../${WRITES}.test.ts`, import.meta.url), 'utf8');
    const told = Object.entries(proofs).filter(([, { crash }]) => crash[1] === everyWrite[1]);
    expect(told.filter(([remedy]) => !source.includes(`  '${remedy}': {`))).toEqual([]);
  });
});
