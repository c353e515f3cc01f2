// Statement execution API 2.0: a statement that fails is a 200 with state FAILED; all cells are strings or null.
import { randomUUID } from 'node:crypto';
import { waitUntil } from '../simulator/clock.ts';
import { invalid, refusal } from './errors.ts';
import { CodeError, text } from './expressions.ts';
import { type Outcome, runSql } from './interpreter.ts';
import { STATEMENT_SECONDS, STATEMENT_TEXT_BYTES, STATEMENT_WAIT_SECONDS } from './refusals.ts';
import { type ApiCall, type Route, requiredText } from './router.ts';
import type { WorkspaceState } from './state.ts';
import type { Warehouses } from './warehouses.ts';

interface Statement {
  readonly id: string;
  readonly outcome: Outcome;
  readonly startsAt: number;
  readonly endsAt: number;
  cancelled: boolean;
}

type Statements = Map<string, Statement>;

export function statementRoutes(workspace: WorkspaceState, warehouses: Warehouses): Route[] {
  const statements: Statements = new Map();
  const get = (id = '') => {
    const statement = statements.get(id);
    if (statement && !isRemoved(statement, workspace)) return statement;
    throw refusal(404, 'RESOURCE_DOES_NOT_EXIST', `The statement ${id} was not found.`);
  };
  const path = '/api/2.0/sql/statements';
  return [
    { method: 'POST', path, limit: 'sql', serve: (call) => execute(call, statements, { workspace, warehouses }) },
    { method: 'GET', path: `${path}/{id}`, limit: 'sql', serve: ({ params }) => view(get(params.id), workspace) },
    {
      method: 'POST',
      path: `${path}/{id}/cancel`,
      limit: 'sql',
      serve: ({ params }) => cancel(get(params.id), workspace),
    },
  ];
}

interface Surroundings {
  readonly workspace: WorkspaceState;
  readonly warehouses: Warehouses;
}

async function execute(
  { body, request }: ApiCall,
  statements: Statements,
  { workspace, warehouses }: Surroundings,
): Promise<unknown> {
  const warehouseId = requiredText(body, 'warehouse_id');
  const sql = requiredText(body, 'statement');
  checkForm(body, sql);
  const waitSeconds = readWait(body.wait_timeout);
  const warehouse = warehouses.find(warehouseId);
  if (!warehouse) throw invalid(`${warehouseId} is not a valid endpoint id.`);
  // Also starts a warehouse that was stopped on purpose: a probe must look at its state first.
  warehouses.start(warehouse);
  forgetRemoved(statements, workspace);
  const { clock } = workspace;
  const startsAt = Math.max(clock.now(), warehouse.since);
  const endsAt = startsAt + scaled(STATEMENT_SECONDS.running, workspace);
  const statement: Statement = { id: randomUUID(), outcome: outcomeOf(sql), startsAt, endsAt, cancelled: false };
  statements.set(statement.id, statement);
  await waitUntil(clock, Math.min(endsAt, clock.now() + scaled(waitSeconds, workspace)), request.gone);
  if (clock.now() < endsAt && body.on_wait_timeout === 'CANCEL') statement.cancelled = true;
  return view(statement, workspace);
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
  if (statement.cancelled) return 'CANCELED';
  if (now < statement.startsAt) return 'PENDING';
  if (now < statement.endsAt) return 'RUNNING';
  if (now > statement.endsAt + scaled(STATEMENT_SECONDS.resultsKept, workspace)) return 'CLOSED';
  return statement.outcome.kind === 'error' ? 'FAILED' : 'SUCCEEDED';
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

function outcomeOf(sql: string): Outcome {
  try {
    return runSql(sql);
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
