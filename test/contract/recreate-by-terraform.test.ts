// The remedy over the real adapters: Databricks and HCP Terraform simulated, over HTTP, under one clock. Played slice by slice as the
// engine does, with the attempts that it would write.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DatabricksWorkspace } from '../../shared/adapters/databricks/databricks-workspace.ts';
import { recreateByTerraform } from '../../shared/steps/remedies/recreate-by-terraform.ts';
import type { StepContext } from '../../shared/steps/step.ts';
import { wanted } from '../builders/applies.ts';
import { contextOn, intent, play } from '../builders/played-recreation.ts';
import {
  aTerraform,
  CLUSTER_ADDRESS,
  CLUSTER_ID,
  clusterNames,
  OTHER_ADDRESS,
  OTHER_ID,
  type TerraformBench,
  vanish,
} from '../builders/simulated-terraform.ts';
import { call } from '../builders/simulated-workspace.ts';

let bench: TerraformBench;
let workspace: DatabricksWorkspace;
let context: StepContext;

beforeEach(async () => {
  bench = await aTerraform();
  ({ workspace, context } = contextOn(bench, {
    kind: 'cluster',
    id: CLUSTER_ID,
    name: 'inference',
    address: CLUSTER_ADDRESS,
  }));
});
afterEach(async () => {
  await workspace.close();
  await bench.stop();
});

async function newId(): Promise<string> {
  const { json } = await bench.call('GET', '/_sim/clusters');
  return json.find((cluster: { cluster_name: string }) => cluster.cluster_name === 'inference')?.cluster_id;
}

it('E2, E5: a vanished cluster is recreated through HCP Terraform, and verified under its new id', async () => {
  await vanish(bench, CLUSTER_ID);
  const { verdict, acts } = await play(bench, context);
  const id = await newId();
  expect(id).not.toBe(CLUSTER_ID);
  expect(verdict).toMatchObject({
    is: 'succeeded',
    because: expect.stringContaining(`recreated ${CLUSTER_ID} as ${id}`),
  });
  expect(acts).toEqual(['start', 'confirm']);
  expect(await clusterNames(bench)).toEqual(['inference', 'monitoring']);
});

it.each([
  ['start', '/runs$'],
  ['confirm', '/actions/apply$'],
])('E2: the answer to %s is lost: the run is found, and nothing is done twice', async (_what, path) => {
  await vanish(bench, CLUSTER_ID);
  const fault = { match: { method: 'POST', path }, fault: { kind: 'lost-answer' }, times: 1 };
  await call(`${bench.terraform}/_sim/faults`, 'POST', fault);
  const { verdict, acts } = await play(bench, context);
  expect(verdict.is).toBe('succeeded');
  expect(acts).toEqual(['start', 'confirm']);
  expect(await clusterNames(bench)).toEqual(['inference', 'monitoring']);
});

it('E2: a plan with drift of what it depends on is not confirmed', async () => {
  await bench.conduct({ dependsOn: { [CLUSTER_ADDRESS]: [OTHER_ADDRESS] } });
  await bench.call('PUT', `/_sim/clusters/${OTHER_ID}`, { num_workers: 9 });
  await vanish(bench, CLUSTER_ID);
  const { verdict, acts } = await play(bench, context);
  expect(verdict).toMatchObject({
    is: 'impossible',
    because: expect.stringContaining('1 to add, 1 to change, 0 to destroy'),
  });
  expect(acts).toEqual(['start']);
  expect(await clusterNames(bench)).toEqual(['monitoring']);
});

it('E7: a dry run asks, and writes nothing anywhere', async () => {
  await vanish(bench, CLUSTER_ID);
  const verdict = await recreateByTerraform.done(context);
  const plan = await recreateByTerraform.plan(context);
  expect(verdict.is).toBe('not-done');
  expect(plan.text).toContain(`apply ${CLUSTER_ADDRESS} by HCP Terraform data-platform/databricks-dev`);
  const { json } = await call(`${bench.terraform}/_sim/calls`, 'GET');
  expect(new Set(json.map(({ method }: { method: string }) => method))).toEqual(new Set(['GET']));
});

it('G7: undone before the confirmation, HCP Terraform is free for others', async () => {
  await vanish(bench, CLUSTER_ID);
  const attempt = intent(1, null);
  const acted = await recreateByTerraform.act({ ...context, attempt }, await recreateByTerraform.plan(context), wanted);
  expect(acted).toMatchObject({ acted: true, more: true });
  await bench.pass(40);
  await recreateByTerraform.undo?.({ ...context, attempt });
  await bench.pass(5);
  expect((await bench.provisioner.newest())?.state.is).toBe('stopped');
  await recreateByTerraform.undo?.({ ...context, attempt });
});

it('E2: its own token without the right to apply: said so, not tried for ever', async () => {
  await vanish(bench, CLUSTER_ID);
  await bench.conduct({ access: 'plan' });
  await expect(
    recreateByTerraform.act(
      { ...context, attempt: { ...intent(2, '2026-03-02T08:00:00.000Z run-abc') } },
      { how: 'confirm', text: '' },
      wanted,
    ),
  ).rejects.toMatchObject({
    code: 'provisioner-refused',
    message: expect.stringContaining('has no right to apply its runs'),
  });
});
