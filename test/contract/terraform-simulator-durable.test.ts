// What the simulated HCP Terraform keeps over a kill: runs, state and configuration; and what such a kill loses, as a real one does.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type KeptMap, openKeptMap } from '../../local/durable/kept-map.ts';
import { startTerraform } from '../../local/terraform/terraform.ts';
import { HcpTerraformProvisioner } from '../../shared/adapters/hcp-terraform/hcp-terraform-provisioner.ts';
import { started, wanted } from '../builders/applies.ts';
import {
  aTerraform,
  CLUSTER_ADDRESS,
  CLUSTER_ID,
  clusterNames,
  ORGANIZATION,
  TERRAFORM_TOKEN,
  vanish,
  WORKSPACE,
} from '../builders/simulated-terraform.ts';
import { TOKEN } from '../builders/simulated-workspace.ts';

let dir: string;
let lives: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'terraform-'));
  lives = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));

/** The state as it is on disk at this moment, which is all that a kill leaves, for another life. */
function keptNow(): KeptMap {
  const file = (life: number) => join(dir, `${life}.log`);
  lives += 1;
  if (lives > 1) cpSync(file(lives - 1), file(lives));
  return openKeptMap(file(lives));
}

/** A first life in which a plan of the vanished cluster waits, and whatever comes after it. */
async function aPlan() {
  const bench = await aTerraform({ kept: keptNow() });
  onTestFinished(() => bench.stop());
  await vanish(bench, CLUSTER_ID);
  const { id } = await started(bench.provisioner, { address: CLUSTER_ADDRESS, correlation: 'run-1', message: 'x' });
  return { bench, id };
}

type Bench = Awaited<ReturnType<typeof aPlan>>['bench'];

/** Another life on what is on disk now. The configuration it is given at its start no longer counts. */
async function nextLife(bench: Bench) {
  const access = { url: bench.workspace.url, token: TOKEN };
  const simulated = await startTerraform({
    token: TERRAFORM_TOKEN,
    clock: bench.clock,
    workspaces: [{ organization: ORGANIZATION, name: WORKSPACE, role: 'primary', components: [] }],
    databricks: { primary: access, dr: access },
    kept: keptNow(),
  });
  onTestFinished(() => simulated.stop());
  const provisioner = new HcpTerraformProvisioner({
    organization: ORGANIZATION,
    workspace: WORKSPACE,
    origin: simulated.url,
    token: TERRAFORM_TOKEN,
  });
  async function pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 1) {
      bench.clock.advance(1);
      await simulated.settled();
    }
  }
  return { provisioner, pass };
}

test('L3: a plan that waits still waits, and is applied with the settings of before', async () => {
  const { bench, id } = await aPlan();
  await bench.pass(40);
  const { provisioner, pass } = await nextLife(bench);
  expect((await provisioner.find('run-1'))?.state.is).toBe('needs-confirmation');
  await provisioner.confirm(id, wanted);
  await pass(400);
  expect((await provisioner.read(id))?.state.is).toBe('applied');
  expect(await clusterNames(bench)).toEqual(['inference', 'monitoring']);
});

test('L3: a plan that was cut off is made again', async () => {
  const { bench, id } = await aPlan();
  await bench.pass(5);
  const { provisioner, pass } = await nextLife(bench);
  await pass(60);
  expect((await provisioner.read(id))?.state.is).toBe('needs-confirmation');
});

test('L3: an apply that was cut off has errored, and what it was making is replaced by the next one', async () => {
  const { bench, id } = await aPlan();
  await bench.pass(40);
  await bench.provisioner.confirm(id, wanted);
  await bench.pass(20);
  expect(await clusterNames(bench)).toEqual(['inference', 'monitoring']);
  const { provisioner, pass } = await nextLife(bench);
  expect((await provisioner.read(id))?.state).toMatchObject({ is: 'failed', in: 'apply' });
  const next = await started(provisioner, { address: CLUSTER_ADDRESS, correlation: 'run-2', message: 'x' });
  await pass(60);
  expect((await provisioner.read(next.id))?.state).toEqual({
    is: 'needs-confirmation',
    changes: { additions: 1, changes: 0, destructions: 1 },
  });
});
