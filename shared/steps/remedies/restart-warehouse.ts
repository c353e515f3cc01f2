// Restarting a warehouse: start it when it is STOPPED; stop it first when it runs but does not serve (there is no restart, facts/databricks.md 1.9).
// The service tells no times, so an act is judged by the state alone; that is enough, because start and stop do no harm twice.
import { Broken } from '../../domain/errors.ts';
import type { Warehouse } from '../../ports/workspace-warehouses.ts';
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext, VerifyVerdict } from '../step.ts';
import { isHealthy, sicknessOf, warehouseIdOf } from './warehouse-health.ts';

export const restartWarehouse: Step = {
  id: 'restart-warehouse',
  kinds: ['warehouse'],
  title: 'Restart the warehouse',
  action: 'restart_warehouse',
  done,
  plan: async (context) => planFor(await mustKnow(context)),
  act,
  verify,
  advice: ({ component }) =>
    `Open warehouse ${component.id} in workspace ${component.workspace ?? 'unknown'}, repair what its health names, start it, then close this incident.`,
};

async function done(context: StepContext): Promise<DoneVerdict> {
  const warehouse = await context.workspace.warehouses.get(warehouseIdOf(context));
  if (!warehouse) return gone(context);
  switch (warehouse.state) {
    case 'STARTING':
      return { is: 'under-way', because: 'the warehouse is STARTING', seen: null };
    case 'STOPPING':
      return { is: 'not-yet-known', because: 'the warehouse is still STOPPING and cannot be started yet' };
    case 'RUNNING':
      return await running(context, warehouse);
    case 'STOPPED':
      return { is: 'not-done', because: 'the warehouse is STOPPED', seen: null, plan: planFor(warehouse) };
    case 'UNKNOWN':
      return { is: 'not-yet-known', because: 'the state of the warehouse is not one that is known' };
    default:
      return { is: 'impossible', because: `the warehouse is ${warehouse.state}` };
  }
}

async function running(context: StepContext, warehouse: Warehouse): Promise<DoneVerdict> {
  const sickness = await sicknessOf(context, warehouse);
  if (sickness === undefined) return { is: 'done', because: 'the warehouse is RUNNING and answers' };
  const because = `the warehouse is RUNNING but ${sickness.because}`;
  if (sickness.isOfTable) return { is: 'impossible', because: `${because}: no restart mends that` };
  return { is: 'not-done', because, seen: null, plan: planFor(warehouse) };
}

async function act(
  { workspace, ...context }: StepContext,
  plan: Plan,
  lastLook: Parameters<Step['act']>[2],
): Promise<ActVerdict> {
  const id = warehouseIdOf(context);
  const answer = await (plan.how === 'stop'
    ? workspace.warehouses.stop(id, lastLook)
    : workspace.warehouses.start(id, lastLook));
  if (!answer.accepted) return { acted: false, because: answer.because };
  if (plan.how === 'stop') return { acted: true, text: 'stop was accepted; it is started next', more: true };
  return { acted: true, text: 'start was accepted' };
}

async function verify(context: StepContext): Promise<VerifyVerdict> {
  const warehouse = await context.workspace.warehouses.get(warehouseIdOf(context));
  if (!warehouse) return { is: 'failed', because: 'the workspace no longer knows the warehouse', retryable: false };
  if (warehouse.state === 'RUNNING') return await isHealthy(context, warehouse);
  if (warehouse.state !== 'STOPPED') return { is: 'waiting', because: `the warehouse is ${warehouse.state}` };
  const { reason, summary = '' } = warehouse.health ?? {};
  const because = `it stopped again: ${reason ? `${reason.code} ` : ''}${summary || 'no reason given'}`;
  return { is: 'failed', because, retryable: true, ...(reason ? { reason } : {}) };
}

function planFor(warehouse: Warehouse): Plan {
  const how = warehouse.state === 'RUNNING' ? 'stop' : 'start';
  const then = how === 'stop' ? ', then start it' : '';
  return { how, text: `${how} warehouse ${warehouse.id} (${warehouse.name}), which is ${warehouse.state}${then}` };
}

function gone({ workspace }: StepContext): DoneVerdict {
  return { is: 'impossible', because: `workspace ${workspace.name} no longer knows the warehouse` };
}

async function mustKnow(context: StepContext): Promise<Warehouse> {
  const warehouse = await context.workspace.warehouses.get(warehouseIdOf(context));
  if (!warehouse) throw new Broken('broken', `no warehouse ${context.component.id} to plan for`);
  return warehouse;
}
