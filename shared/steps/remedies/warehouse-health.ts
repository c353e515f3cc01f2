// E5 for warehouses: RUNNING is not enough. A query answers, and the table that the estate names can be read.
import { Broken } from '../../domain/errors.ts';
import { isWarehouseId, type WarehouseId } from '../../domain/ids.ts';
import type { Warehouse } from '../../ports/workspace-warehouses.ts';
import type { StepContext, VerifyVerdict } from '../step.ts';

/** Real seconds that one look waits for an answer; a slice of a run must stay short. */
const QUERY_SECONDS = 30;

export function warehouseIdOf({ component }: Pick<StepContext, 'component'>): WarehouseId {
  const { id } = component;
  if (!isWarehouseId(id)) throw new Broken('broken', 'a warehouse remedy got a component without a warehouse id');
  return id;
}

/** Why a RUNNING warehouse is not well; undefined when it is. */
export async function sicknessOf(
  { workspace, listed }: StepContext,
  { id, health }: Warehouse,
): Promise<string | undefined> {
  if (health?.status === 'FAILED') return `its health is FAILED: ${health.summary || 'no summary'}`;
  const answer = await workspace.warehouses.query(id, 'SELECT 1', QUERY_SECONDS);
  if (!answer.answered) return `a query is not answered: ${answer.because}`;
  const table = listed?.kind === 'warehouse' ? listed.testTable : undefined;
  if (table === undefined) return undefined;
  const read = await workspace.warehouses.query(id, `SELECT 1 FROM ${quotedName(table)} LIMIT 1`, QUERY_SECONDS);
  return read.answered ? undefined : `table ${table} cannot be read: ${read.because}`;
}

/** RUNNING and well: recovered. RUNNING and sick: it has the time for that which the playbook gives it. */
export async function isHealthy(context: StepContext, warehouse: Warehouse): Promise<VerifyVerdict> {
  const sickness = await sicknessOf(context, warehouse);
  const table = context.listed?.kind === 'warehouse' && context.listed.testTable ? ', its table can be read' : '';
  if (sickness === undefined) return { is: 'succeeded', because: `RUNNING, a query answers${table}` };
  const until = untilOf(context);
  if (context.clock.now() > new Date(until)) {
    const because = `RUNNING, but not healthy within ${context.params.healthCheckSeconds} s: ${sickness}`;
    return { is: 'failed', because, retryable: true };
  }
  return { is: 'waiting', because: sickness, notes: { ...context.notes, healthyUntil: until } };
}

/** The window opens when it is first seen RUNNING. */
function untilOf({ notes, clock, params }: StepContext): string {
  const { healthyUntil } = notes;
  return typeof healthyUntil === 'string' ? healthyUntil : clock.after(params.healthCheckSeconds).toISOString();
}

/** `inference_db.model_predictions`: each part quoted, whatever the estate's pattern let through. */
function quotedName(table: string): string {
  return table
    .split('.')
    .map((part) => `\`${part.replaceAll('`', '``')}\``)
    .join('.');
}
