// A SQL statement as a call, and its answer. It waits so long and is then cancelled by the service itself.
import { Refused } from '../../domain/errors.ts';
import { isWarehouseId, type WarehouseId } from '../../domain/ids.ts';
import type { CommandAnswer } from '../../ports/answers.ts';
import type { Call } from './calls.ts';
import type { StatementAnswer } from './warehouses-wire.ts';

export const WAREHOUSES = '/api/2.0/sql/warehouses';
/** The service waits 5 to 50 seconds for a statement (docs.databricks.com/api/azure/workspace/statementexecution). */
const STATEMENT_SECONDS = { least: 5, most: 50 } as const;

export interface StatementOrder {
  readonly timeoutSeconds: number;
  readonly rows: number;
}

export function statementCall(id: WarehouseId, statement: string, { timeoutSeconds, rows }: StatementOrder): Call {
  const { least, most } = STATEMENT_SECONDS;
  const waitSeconds = Math.min(most, Math.max(least, Math.floor(timeoutSeconds)));
  return {
    method: 'POST',
    path: '/api/2.0/sql/statements',
    body: {
      warehouse_id: checked(id),
      statement,
      wait_timeout: `${waitSeconds}s`,
      on_wait_timeout: 'CANCEL',
      disposition: 'INLINE',
      format: 'JSON_ARRAY',
      row_limit: rows,
    },
    repeatable: true,
    heldSeconds: waitSeconds,
  };
}

export function answerOf({ status, result }: StatementAnswer): CommandAnswer {
  if (status.state === 'SUCCEEDED') return { answered: true, text: result?.data_array?.[0]?.[0] ?? '' };
  return { answered: false, because: failureOf(status) };
}

export function failureOf({ state, error }: StatementAnswer['status']): string {
  return (error ? `${error.error_code}: ${error.message}` : `it is ${state}`).slice(0, 500);
}

export function warehousePath(id: WarehouseId): string {
  return `${WAREHOUSES}/${checked(id)}`;
}

/** The brand is a compile-time promise; what a cast or a test let through stops here, before any call. */
function checked(id: WarehouseId): WarehouseId {
  if (isWarehouseId(id)) return id;
  throw new Refused('workspace-refused', 'this is not the id of a warehouse');
}
