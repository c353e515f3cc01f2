// Statement execution API 2.0: a statement that fails is a 200 with state FAILED; all cells are strings or null.
import { randomUUID } from 'node:crypto';
import { waitUntil } from '../simulator/clock.ts';
import { invalid, refusal } from './errors.ts';
import { CodeError, text } from './expressions.ts';
import { type Outcome, runDescribe, runSql } from './interpreter.ts';
import { STATEMENT_SECONDS, STATEMENT_TEXT_BYTES, STATEMENT_WAIT_SECONDS } from './refusals.ts';
import { type ApiCall, type Route, requiredText } from './router.ts';
import type { WorkspaceState } from './state.ts';
import { outlookOf, type Warehouse, wakeWarehouse } from './warehouse.ts';
import { starting } from './warehouses-api.ts';

interface Statement {
  readonly id: string;
  readonly warehouseId: string;
  readonly outcome: Outcome;
  readonly startsAt: number;
  readonly endsAt: number;
  cancelled: boolean;
}

type Statements = Map<string, Statement>;

export function statementRoutes(workspace: WorkspaceState): Route[] {
  const statements: Statements = new Map();
  const get = (id = '') => {
    const statement = statements.get(id);
    if (statement && !isRemoved(statement, workspace)) return statement;
    throw refusal(404, 'RESOURCE_DOES_NOT_EXIST', `The statement ${id} was not found.`);
  };
  const path = '/api/2.0/sql/statements';
  return [
    { method: 'POST', path, limit: 'sql', serve: (call) => execute(call, statements, workspace) },
    { method: 'GET', path: `${path}/{id}`, limit: 'sql', serve: ({ params }) => view(get(params.id), workspace) },
    {
      method: 'POST',
      path: `${path}/{id}/cancel`,
      limit: 'sql',
      serve: ({ params }) => cancel(get(params.id), workspace),
    },
  ];
}

async function execute(
  { body, request }: ApiCall,
  statements: Statements,
  workspace: WorkspaceState,
): Promise<unknown> {
  const warehouseId = requiredText(body, 'warehouse_id');
  const sql = requiredText(body, 'statement');
  checkForm(body, sql);
  const waitSeconds = readWait(body.wait_timeout);
  const { clock, warehouses } = workspace;
  const warehouse = warehouses.find(warehouseId);
  if (!warehouse || warehouse.deletedAt !== undefined || warehouse.state === 'DELETING') {
    throw invalid(`${warehouseId} is not a valid endpoint id.`);
  }
  // Also starts a warehouse that was stopped on purpose: a probe must look at its state first.
  const awake = warehouses.put(wakeWarehouse(warehouse, starting(warehouse.settings, warehouse.id, workspace)));
  forgetRemoved(statements, workspace);
  const statement: Statement = { id: randomUUID(), warehouseId, ...courseOf(sql, awake, workspace), cancelled: false };
  const { endsAt } = statement;
  statements.set(statement.id, statement);
  await waitUntil(clock, Math.min(endsAt, clock.now() + scaled(waitSeconds, workspace)), request.gone);
  if (clock.now() < endsAt && body.on_wait_timeout === 'CANCEL') statement.cancelled = true;
  return view(statement, workspace);
}

type Course = Pick<Statement, 'outcome' | 'startsAt' | 'endsAt'>;

/** A query waits for its warehouse; one whose warehouse gives up fails then, in the words of its health. */
function courseOf(sql: string, warehouse: Warehouse, workspace: WorkspaceState): Course {
  const outlook = outlookOf(warehouse, workspace.clock.now());
  if ('failsAt' in outlook) {
    const outcome = { kind: 'error', name: 'WarehouseFailed', message: outlook.words } as const;
    return { outcome, startsAt: outlook.failsAt, endsAt: outlook.failsAt };
  }
  const startsAt = outlook.runsAt;
  const { queries } = warehouse;
  const endsAt =
    queries.mode === 'hang' ? Number.POSITIVE_INFINITY : startsAt + scaled(STATEMENT_SECONDS.running, workspace);
  if (queries.mode === 'fail')
    return { outcome: { kind: 'error', name: 'QueryFailed', message: queries.message }, startsAt, endsAt };
  return { outcome: outcomeOf(sql, workspace), startsAt, endsAt };
}

function cancel(statement: Statement, { clock }: WorkspaceState): unknown {
  if (clock.now() < statement.endsAt) statement.cancelled = true;
  return {};
}

function view(statement: Statement, workspace: WorkspaceState): unknown {
  const state = stateOf(statement, workspace);
  const { id: statement_id, outcome } = statement;
  if (state === 'FAILED' && outcome.kind === 'error') {
    return { statement_id, status: { state, error: { error_code: 'BAD_REQUEST', message: outcome.message } } };
  }
  if (state !== 'SUCCEEDED' || outcome.kind !== 'table') return { statement_id, status: { state } };
  return { statement_id, status: { state }, manifest: manifestOf(outcome), result: resultOf(outcome) };
}

function stateOf(statement: Statement, workspace: WorkspaceState): string {
  const now = workspace.clock.now();
  if (statement.cancelled || isLost(statement, workspace)) return 'CANCELED';
  if (now < statement.startsAt) return 'PENDING';
  if (now < statement.endsAt) return 'RUNNING';
  if (now > statement.endsAt + scaled(STATEMENT_SECONDS.resultsKept, workspace)) return 'CLOSED';
  return statement.outcome.kind === 'error' ? 'FAILED' : 'SUCCEEDED';
}

/** What runs on a warehouse ends with it, and does not come back with it. */
function isLost({ warehouseId, startsAt, endsAt }: Statement, { warehouses, clock }: WorkspaceState): boolean {
  const { state = 'DELETED', runningSince = startsAt } = warehouses.find(warehouseId) ?? {};
  if (runningSince > startsAt) return runningSince < endsAt;
  return clock.now() < endsAt && state !== 'STARTING' && state !== 'RUNNING';
}

function isRemoved(statement: Statement, workspace: WorkspaceState): boolean {
  return workspace.clock.now() > statement.endsAt + scaled(STATEMENT_SECONDS.remembered, workspace);
}

function forgetRemoved(statements: Statements, workspace: WorkspaceState): void {
  for (const statement of statements.values()) if (isRemoved(statement, workspace)) statements.delete(statement.id);
}

function scaled(seconds: number, { timeScale }: WorkspaceState): number {
  return (seconds * 1000) / timeScale;
}

type Table = Extract<Outcome, { kind: 'table' }>;

function manifestOf({ columns, rows }: Table): unknown {
  return {
    format: 'JSON_ARRAY',
    schema: {
      column_count: columns.length,
      columns: columns.map(({ name, type }, position) => ({ name, type_text: type, type_name: type, position })),
    },
    total_chunk_count: 1,
    chunks: [{ chunk_index: 0, row_offset: 0, row_count: rows.length }],
    total_row_count: rows.length,
    truncated: false,
  };
}

function resultOf({ rows }: Table): unknown {
  return { chunk_index: 0, row_offset: 0, row_count: rows.length, data_array: rows.map((row) => row.map(text)) };
}

function outcomeOf(sql: string, { tables }: WorkspaceState): Outcome {
  try {
    return runDescribe(sql, tables.history) ?? runSql(sql, tables.select);
  } catch (error) {
    if (error instanceof CodeError) return { kind: 'error', name: error.name, message: error.message };
    throw error;
  }
}

function checkForm(body: Record<string, unknown>, sql: string): void {
  if (Buffer.byteLength(sql) > STATEMENT_TEXT_BYTES) throw invalid('The statement text exceeds 16 MiB.');
  const { disposition = 'INLINE', format = 'JSON_ARRAY' } = body;
  if (disposition === 'INLINE' && format === 'JSON_ARRAY') return;
  throw invalid(`The simulated workspace answers INLINE and JSON_ARRAY only, not ${disposition} and ${format}.`);
}

function readWait(wait: unknown): number {
  const { min, max } = STATEMENT_WAIT_SECONDS;
  if (wait === undefined) return STATEMENT_WAIT_SECONDS.default;
  const seconds = Number(/^(\d+)s$/.exec(String(wait))?.[1] ?? Number.NaN);
  if (seconds === 0 || (seconds >= min && seconds <= max)) return seconds;
  throw invalid(`wait_timeout must be 0s or between ${min}s and ${max}s.`);
}
