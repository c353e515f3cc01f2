// A recreated warehouse has a new id, and the service tells no times of warehouses: the new one is told by its name, or by the code's
// outputs among those that the estate does not list as others.
import type { Apply } from '../../ports/provisioner.ts';
import type { Warehouse } from '../../ports/workspace-warehouses.ts';
import type { DoneVerdict, StepContext, VerifyVerdict } from '../step.ts';
import { provisionerOf } from './own-apply.ts';
import { mayBeRecreated, proved, type Recreation, stands, whatIsLeft } from './recreation.ts';
import { isHealthy, sicknessOf, warehouseIdOf } from './warehouse-health.ts';

export const warehouseRecreation: Recreation = {
  standing,
  async verifyStanding(context) {
    const warehouse = await oldWarehouse(context);
    return warehouse?.state === 'RUNNING' ? await isHealthy(context, warehouse) : undefined;
  },
  verifyNew,
};

async function standing(context: StepContext): Promise<DoneVerdict | undefined> {
  const warehouse = await oldWarehouse(context);
  if (warehouse?.state === 'DELETING') return { is: 'not-yet-known', because: 'the warehouse is still being deleted' };
  if (warehouse?.state === 'RUNNING') {
    const sickness = await sicknessOf(context, warehouse);
    if (sickness !== undefined) return stands(context, `RUNNING, but ${sickness.because}`);
    return { is: 'done', because: 'the warehouse is there, RUNNING, and answers' };
  }
  if (warehouse) return stands(context, warehouse.state);
  const [other] = await namesakes(context);
  return other && mayBeRecreated(context, other.id);
}

async function verifyNew(context: StepContext, own: Apply): Promise<VerifyVerdict> {
  const candidates = await candidatesFor(context);
  const [warehouse, ...others] = candidates;
  if (!warehouse) return { is: 'waiting', because: `apply ${own.id} is done, and no new warehouse shows yet` };
  if (others.length > 0) {
    const ids = candidates.map(({ id }) => id).join(', ');
    const because = `apply ${own.id} is done, and the new warehouse may be any of ${ids}`;
    return { is: 'failed', because, retryable: false };
  }
  const what = `apply ${own.id} recreated ${context.component.id} as ${warehouse.id}`;
  if (warehouse.state === 'STOPPED') {
    const because = `${what}, which is STOPPED: ${warehouse.health?.summary || 'nobody has started it'}`;
    return { is: 'failed', because, retryable: false };
  }
  if (warehouse.state !== 'RUNNING') return { is: 'waiting', because: `${what}, which is ${warehouse.state}` };
  return proved(what, await isHealthy(context, warehouse), whatIsLeft(context, warehouse.id));
}

async function candidatesFor(context: StepContext): Promise<readonly Warehouse[]> {
  const outputs = new Set((await provisionerOf(context).outputs()).values());
  const named = await namesakes(context);
  const both = named.filter(({ id }) => outputs.has(id));
  if (named.length > 0) return both.length > 0 ? both : named;
  const unlisted = (await others(context)).filter(({ id }) => context.listing('warehouse', id) === undefined);
  return unlisted.filter(({ id }) => outputs.has(id));
}

async function namesakes(context: StepContext): Promise<Warehouse[]> {
  const { name } = context.component;
  return name === undefined ? [] : (await others(context)).filter((warehouse) => warehouse.name === name);
}

/** Of another id, and not deleted: those are listed for a while. */
async function others({ workspace, component }: StepContext): Promise<Warehouse[]> {
  const warehouses: Warehouse[] = [];
  for await (const page of workspace.warehouses.pages()) warehouses.push(...page);
  return warehouses.filter(({ id, state }) => id !== component.id && state !== 'DELETED' && state !== 'DELETING');
}

async function oldWarehouse(context: StepContext): Promise<Warehouse | undefined> {
  const warehouse = await context.workspace.warehouses.get(warehouseIdOf(context));
  return warehouse?.state === 'DELETED' ? undefined : warehouse;
}
