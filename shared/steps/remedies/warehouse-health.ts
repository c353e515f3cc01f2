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

export interface Sickness {
  readonly because: string;
  /** It serves; what it is asked for is not there, or not permitted. A restart would only end the work of others. */
  readonly isOfTable?: true;
}

/** Databricks' error classes (docs.databricks.com/error-messages/error-classes): the table is gone, or our identity has no right on it. */
const OF_TABLE = /(TABLE_OR_VIEW|SCHEMA|CATALOG)_NOT_FOUND|INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED/;

/** Why a RUNNING warehouse is not well; undefined when it is. */
export async function sicknessOf(
  { workspace, listed }: StepContext,
  { id, health }: Warehouse,
): Promise<Sickness | undefined> {
  if (health?.status === 'FAILED') return { because: `its health is FAILED: ${health.summary || 'no summary'}` };
  const answer = await workspace.warehouses.query(id, 'SELECT 1', QUERY_SECONDS);
  if (!answer.answered) return { because: `a query is not answered: ${answer.because}` };
  const table = listed?.kind === 'warehouse' ? listed.testTable : undefined;
  if (table === undefined) return undefined;
  const read = await workspace.warehouses.query(id, `SELECT 1 FROM ${quotedName(table)} LIMIT 1`, QUERY_SECONDS);
  if (read.answered) return undefined;
  const because = `table ${table} cannot be read: ${read.because}`;
  return OF_TABLE.test(read.because) ? { because, isOfTable: true } : { because };
}

/** RUNNING and well: recovered. RUNNING and sick: it has the time for that which the playbook gives it. */
export async function isHealthy(context: StepContext, warehouse: Warehouse): Promise<VerifyVerdict> {
  const sickness = await sicknessOf(context, warehouse);
  const table = context.listed?.kind === 'warehouse' && context.listed.testTable ? ', its table can be read' : '';
  if (sickness === undefined) return { is: 'succeeded', because: `RUNNING, a query answers${table}` };
  if (sickness.isOfTable)
    return { is: 'failed', because: `RUNNING, and answers, but ${sickness.because}`, retryable: false };
  const until = untilOf(context);
  if (context.clock.now() > new Date(until)) {
    const because = `RUNNING, but not healthy within ${context.params.healthCheckSeconds} s: ${sickness.because}`;
    return { is: 'failed', because, retryable: true };
  }
  return { is: 'waiting', because: sickness.because, notes: { ...context.notes, healthyUntil: until } };
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
