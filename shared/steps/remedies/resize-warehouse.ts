// A warehouse of another size: a smaller one where Azure has not enough machines or quota, and then started.
import { Broken } from '../../domain/errors.ts';
import { type Warehouse, type WarehouseSize, warehouseSizes } from '../../ports/workspace-warehouses.ts';
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext } from '../step.ts';
import { restartWarehouse } from './restart-warehouse.ts';
import { sicknessOf, warehouseIdOf } from './warehouse-health.ts';

export const resizeWarehouse: Step = {
  ...restartWarehouse,
  id: 'resize-warehouse',
  title: 'Make the warehouse smaller and start it',
  action: 'resize_warehouse',
  done,
  plan: async (context) => planFor(await mustKnow(context)),
  act,
};

async function done(context: StepContext): Promise<DoneVerdict> {
  const warehouse = await context.workspace.warehouses.get(warehouseIdOf(context));
  if (warehouse?.state === 'RUNNING' && (await sicknessOf(context, warehouse)) === undefined)
    return { is: 'done', because: 'the warehouse is RUNNING and answers' };
  if (warehouse?.state !== 'STOPPED') return await restartWarehouse.done(context);
  if (mayBeResized(context) || smallerThan(warehouse.size) === undefined) return startOf(context, warehouse);
  return { is: 'not-done', because: 'the warehouse is STOPPED', seen: null, plan: planFor(warehouse) };
}

/** Nothing tells whether an attempt without an answer was the one that made it smaller: it is not made smaller twice. */
function mayBeResized({ attempt }: StepContext): boolean {
  return attempt !== undefined && attempt.outcome !== 'did-not-happen' && attempt.outcome !== 'refused';
}

/** Smaller by one size already, or as small as can be: what is left is to start it. */
function startOf(context: StepContext, warehouse: Warehouse): DoneVerdict {
  if (context.attempt === undefined)
    return { is: 'impossible', because: `there is no smaller size than ${warehouse.size ?? 'its own'}` };
  const text = `start warehouse ${warehouse.id} (${warehouse.name}) as ${warehouse.size}`;
  return { is: 'not-done', because: 'the warehouse is STOPPED', seen: null, plan: { how: 'start', text } };
}

async function act(context: StepContext, plan: Plan, lastLook: Parameters<Step['act']>[2]): Promise<ActVerdict> {
  const size = warehouseSizes.find((known) => plan.how === `resize ${known}`);
  if (!size) return await restartWarehouse.act(context, plan, lastLook);
  const answer = await context.workspace.warehouses.resize(warehouseIdOf(context), size, lastLook);
  if (!answer.accepted) return { acted: false, because: answer.because };
  return { acted: true, text: `its size is ${size} now; it is started next`, more: true };
}

function planFor(warehouse: Warehouse): Plan {
  const size = smallerThan(warehouse.size);
  const from = `warehouse ${warehouse.id} (${warehouse.name})`;
  return { how: `resize ${size}`, text: `resize ${from} from ${warehouse.size} to ${size}, then start it` };
}

function smallerThan(size: WarehouseSize | undefined): WarehouseSize | undefined {
  return size === undefined ? undefined : warehouseSizes[warehouseSizes.indexOf(size) - 1];
}

async function mustKnow(context: StepContext): Promise<Warehouse> {
  const warehouse = await context.workspace.warehouses.get(warehouseIdOf(context));
  if (!warehouse) throw new Broken('broken', `no warehouse ${context.component.id} to plan for`);
  return warehouse;
}
