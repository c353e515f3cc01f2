// Warehouses and notebooks recreated over the real adapters: Databricks and HCP Terraform simulated, over HTTP, under one clock.
import { afterEach, describe, expect, it } from 'vitest';
import type { StepContext } from '../../shared/steps/step.ts';
import { contextOn, play } from '../builders/played-recreation.ts';
import { aTerraform, ORGANIZATION, type TerraformBench, WORKSPACE } from '../builders/simulated-terraform.ts';

const WAREHOUSE = {
  kind: 'warehouse',
  id: 'f24fd0345a24b381',
  name: 'inference',
  address: 'module.compute.databricks_sql_endpoint.inference_warehouse',
} as const;
const OTHER = { ...WAREHOUSE, id: '9e61e3e42423aabc', name: 'dashboard', address: 'databricks_sql_endpoint.dashboard' };
const NOTEBOOK = {
  kind: 'notebook',
  id: '/Shared/setup/create_inference_database',
  name: 'create_inference_database',
  address: 'module.inference.databricks_notebook.create_inference_database',
} as const;

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

async function aBench(component: typeof WAREHOUSE | typeof NOTEBOOK) {
  const type = component.kind === 'warehouse' ? 'databricks_sql_endpoint' : 'databricks_notebook';
  const components = [{ ...component, type } as const];
  const bench = await aTerraform({
    workspaces: [{ organization: ORGANIZATION, name: WORKSPACE, role: 'primary', components }],
  });
  const { workspace, context } = contextOn(bench, component);
  close = async () => {
    await workspace.close();
    await bench.stop();
  };
  return { bench, context };
}

/** A query takes its time, which passes while its answer is awaited. */
async function played(bench: TerraformBench, context: StepContext) {
  const passing = setInterval(() => bench.clock.advance(1), 5);
  return await play(bench, context).finally(() => clearInterval(passing));
}

async function warehouses(bench: TerraformBench): Promise<{ id: string; name: string; state: string }[]> {
  return (await bench.call('GET', '/_sim/warehouses')).json;
}

describe('what HCP Terraform recreates beside clusters', () => {
  it('E2, E5: a vanished warehouse, verified by a query under its new id; the others stay as they are', async () => {
    const { bench, context } = await aBench(WAREHOUSE);
    await bench.call('PUT', `/_sim/warehouses/${OTHER.id}`, { name: OTHER.name });
    const { verdict, acts } = await played(bench, context);
    expect(acts).toEqual(['start', 'confirm']);
    const made = (await warehouses(bench)).find(({ name }) => name === WAREHOUSE.name);
    expect(made).toMatchObject({ state: 'RUNNING' });
    expect(verdict).toMatchObject({
      is: 'succeeded',
      because: expect.stringContaining(`recreated ${WAREHOUSE.id} as ${made?.id}: RUNNING, a query answers`),
    });
    expect(await warehouses(bench)).toHaveLength(2);
  });

  it('E2: nothing where the warehouse stands, in whatever state', async () => {
    const { bench, context } = await aBench(WAREHOUSE);
    await bench.call('PUT', `/_sim/warehouses/${WAREHOUSE.id}`, { name: WAREHOUSE.name, state: 'STOPPED' });
    const { verdict, acts } = await played(bench, context);
    expect(verdict).toMatchObject({ is: 'impossible', aside: true, because: expect.stringContaining('STOPPED') });
    expect(acts).toEqual([]);
  });

  it('E2, E5: a vanished notebook, at its old path', async () => {
    const { bench, context } = await aBench(NOTEBOOK);
    const { verdict, acts } = await played(bench, context);
    expect(acts).toEqual(['start', 'confirm']);
    expect(verdict).toMatchObject({
      is: 'succeeded',
      because: expect.stringContaining(`recreated ${NOTEBOOK.id}: the notebook is there`),
    });
    expect((await bench.call('GET', `/_sim/objects${NOTEBOOK.id}`)).status).toBe(200);
  });
});
