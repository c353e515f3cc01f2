// A warehouse of another size: a smaller one where Azure has not enough machines or quota, and then started. Two calls, each an attempt of
// its own; what stood there before is written down first, so that what a lost answer did is told, and it can be taken back.
import { Broken, Refused, Unavailable } from '../../domain/errors.ts';
import { didNothing } from '../../domain/runbooks/run.ts';
import { isInPlace, type Settings, type SettingsChange, takenBack } from '../../domain/runbooks/settings-change.ts';
import type { LastLook } from '../../ports/last-look.ts';
import { type Warehouse, type WarehouseSize, warehouseSizes } from '../../ports/workspace-warehouses.ts';
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext } from '../step.ts';
import { restartWarehouse } from './restart-warehouse.ts';
import { sicknessOf, warehouseIdOf } from './warehouse-health.ts';

export const resizeWarehouse: Step = {
  ...restartWarehouse,
  id: 'resize-warehouse',
  title: 'Make the warehouse smaller and start it',
  action: 'resize_warehouse',
  calls: 2,
  done,
  plan: async (context) => planFor(await mustKnow(context)),
  act,
  undo,
};

async function done(context: StepContext): Promise<DoneVerdict> {
  const warehouse = await context.workspace.warehouses.get(warehouseIdOf(context));
  if (warehouse?.state === 'RUNNING' && (await sicknessOf(context, warehouse)) === undefined)
    return { is: 'done', because: 'the warehouse is RUNNING and answers' };
  if (warehouse?.state !== 'STOPPED') return await restartWarehouse.done(context);
  const change = changesOf(context).at(-1);
  if (change && !hasVanished(context, warehouse, change)) return toStart(context, warehouse);
  if (smallerThan(warehouse.size) === undefined)
    return { is: 'impossible', because: `there is no smaller size than ${warehouse.size ?? 'its own'}` };
  return { is: 'not-done', because: 'the warehouse is STOPPED', seen: null, plan: planFor(warehouse) };
}

/** An attempt whose end nobody saw, and nothing of it stands there: it did not happen. */
function hasVanished({ attempt }: StepContext, warehouse: Warehouse, change: SettingsChange): boolean {
  return attempt?.change !== undefined && attempt.outcome !== 'acted' && !isInPlace(settingsOf(warehouse), change);
}

/** It is made smaller once. */
function toStart({ attempt }: StepContext, { id, name, size }: Warehouse): DoneVerdict {
  const plan = { how: 'start', text: `start warehouse ${id} (${name}) as ${size}` };
  const hasHappened = attempt?.change !== undefined && attempt.outcome === undefined;
  const earlier = hasHappened ? ({ earlier: 'acted' } as const) : {};
  return { is: 'not-done', because: `the warehouse is STOPPED, and its size is ${size}`, seen: null, plan, ...earlier };
}

async function act(context: StepContext, plan: Plan, lastLook: LastLook): Promise<ActVerdict> {
  const size = plan.change && sizeIn(plan.change.set);
  if (!size) return await restartWarehouse.act(context, plan, lastLook);
  const answer = await context.workspace.warehouses.resize(warehouseIdOf(context), size, lastLook);
  if (!answer.accepted) return { acted: false, because: answer.because };
  return { acted: true, text: `its size is ${size} now; it is started next`, more: true };
}

/** Taking back is not asked for again: whoever ended the run asked for it. */
const unasked: LastLook = async () => undefined;

async function undo(context: StepContext): Promise<void> {
  const { warehouses } = context.workspace;
  const warehouse = await warehouses.get(warehouseIdOf(context));
  const size = warehouse && sizeIn(takenBack(settingsOf(warehouse), changesOf(context)));
  if (!size) return;
  if (warehouse.state === 'STARTING' || warehouse.state === 'STOPPING')
    throw new Unavailable('workspace-unavailable', `it is still ${warehouse.state}`);
  if (warehouse.state !== 'STOPPED') {
    const because = `it is ${warehouse.state}, and making it ${size} again would disturb what runs on it`;
    throw new Refused('workspace-refused', because);
  }
  const answer = await warehouses.resize(warehouse.id, size, unasked);
  if (!answer.accepted) throw new Unavailable('workspace-unavailable', answer.because);
}

/** What was set, or may have been, oldest first. */
function changesOf({ attempts }: StepContext): SettingsChange[] {
  return attempts.flatMap((attempt) => (attempt.change && !didNothing(attempt) ? [attempt.change] : []));
}

function planFor(warehouse: Warehouse): Plan {
  const size = smallerThan(warehouse.size);
  if (!size) return { how: 'none', text: `nothing: there is no smaller size than ${warehouse.size ?? 'its own'}` };
  const text = `resize warehouse ${warehouse.id} (${warehouse.name}) from ${warehouse.size} to ${size}, then start it`;
  return { how: 'resize', text, change: { set: { cluster_size: size }, former: settingsOf(warehouse) } };
}

function settingsOf({ size }: Warehouse): Settings {
  return { cluster_size: size ?? null };
}

function sizeIn({ cluster_size: size }: Settings): WarehouseSize | undefined {
  return warehouseSizes.find((known) => known === size);
}

function smallerThan(size: WarehouseSize | undefined): WarehouseSize | undefined {
  return size === undefined ? undefined : warehouseSizes[warehouseSizes.indexOf(size) - 1];
}

async function mustKnow(context: StepContext): Promise<Warehouse> {
  const warehouse = await context.workspace.warehouses.get(warehouseIdOf(context));
  if (!warehouse) throw new Broken('broken', `no warehouse ${context.component.id} to plan for`);
  return warehouse;
}
