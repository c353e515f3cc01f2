// Tables that a statement can read: columns, rows, and a reason why reading one fails. Set by `PUT /_sim/tables/{name}`; kept over a kill.
import { z } from 'zod';
import type { KeptMap } from '../durable/kept-map.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import { CodeError, evaluate, type Value } from './expressions.ts';
import type { Column, Outcome } from './interpreter.ts';
import { readSimBody } from './sim-body.ts';

const cell = z.union([z.string(), z.number()]);
const commitSchema = z.strictObject({
  /** As a SQL session in UTC prints it. */
  timestamp: z.string(),
  operation: z.string().default('WRITE'),
});
const tableSchema = z.strictObject({
  columns: z.array(z.strictObject({ name: z.string(), type: z.enum(['INT', 'DOUBLE', 'STRING']) })).min(1),
  rows: z.array(z.array(cell)).default([]),
  /** In Spark's words, why it cannot be read. */
  failure: z.string().optional(),
  /** Its commits, oldest first, for DESCRIBE HISTORY. */
  history: z.array(commitSchema).default([]),
});
export type TableSeed = z.input<typeof tableSchema>;
type Table = z.output<typeof tableSchema>;

export interface Tables {
  /** The rows that a plain SELECT takes from it; undefined if there is no such table. */
  select(name: string, selection: Selection): Outcome | undefined;
  /** What DESCRIBE HISTORY tells of it, the newest commit first; undefined if there is no such table. */
  history(name: string, limit: number | undefined): Outcome | undefined;
  seed(name: string, table: TableSeed): void;
  /** `/_sim/tables`. */
  control(request: Request): Answer | undefined;
}

export interface Selection {
  /** What stands between SELECT and FROM. */
  readonly items: readonly string[];
  readonly limit: number | undefined;
}

const KEPT = 'table/';

export function createTables(kept: KeptMap): Tables {
  const tables = new Map(kept.under(KEPT).map(([name, table]) => [name, tableSchema.parse(table)]));

  function put(name: string, input: unknown): Table {
    const table = readSimBody(tableSchema, input, 'no such table');
    tables.set(name, table);
    kept.set(KEPT + name, table);
    return table;
  }

  return {
    select(name, selection) {
      const table = tables.get(name.toLowerCase());
      return table && selectFrom(table, selection);
    },
    history(name, limit) {
      const table = tables.get(name.toLowerCase());
      return table && historyOf(table, limit);
    },
    seed(name, table) {
      if (!tables.has(name)) put(name, table);
    },
    control({ method, url, body }) {
      const [, , area, encoded] = url.pathname.split('/');
      if (area !== 'tables') return undefined;
      if (!encoded) return method === 'GET' ? { status: 200, body: Object.fromEntries(tables) } : undefined;
      const name = decodeURIComponent(encoded).toLowerCase();
      // What is not sent stays, so that a failure is set and lifted (null) without the rows.
      if (method === 'PUT')
        return { status: 200, body: put(name, withoutNulls({ ...tables.get(name), ...Object(body) })) };
      if (method !== 'DELETE' || !tables.delete(name)) return undefined;
      kept.delete(KEPT + name);
      return { status: 204 };
    },
  };
}

function withoutNulls(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function selectFrom(table: Table, { items, limit }: Selection): Outcome {
  if (table.failure !== undefined) throw new CodeError('AnalysisException', table.failure);
  const columns = items.flatMap((item) => (item === '*' ? table.columns.map(({ name }) => name) : [item]));
  const aggregated = columns.map((item) => aggregate(item, table));
  if (aggregated.every((one) => one !== undefined)) {
    return { kind: 'table', columns: aggregated.map((one) => one.column), rows: [aggregated.map((one) => one.value)] };
  }
  const wanted = columns.map((item) => readerOf(item, table));
  const rows = table.rows.slice(0, limit).map((row) => wanted.map(({ read }) => read(row)));
  return { kind: 'table', columns: wanted.map(({ column }) => column), rows };
}

/** A part of its columns (facts 5.2); those of maps are left out. */
function historyOf({ failure, history }: Table, limit: number | undefined): Outcome {
  if (failure !== undefined) throw new CodeError('AnalysisException', failure);
  const rows = history.map(({ timestamp, operation }, version): Value[] => [
    { type: 'int', value: version },
    { type: 'string', value: timestamp },
    { type: 'string', value: operation },
  ]);
  const columns: Column[] = [
    { name: 'version', type: 'INT' },
    { name: 'timestamp', type: 'STRING' },
    { name: 'operation', type: 'STRING' },
  ];
  return { kind: 'table', columns, rows: rows.toReversed().slice(0, limit) };
}

type Row = Table['rows'][number];

/** A column, or a literal for each row. */
function readerOf(item: string, table: Table): { column: Column; read(row: Row): Value } {
  if (/^(\d+|'[^']*')$/.test(item)) {
    const value = evaluate(item, new Map());
    return { column: { name: item, type: value.type === 'string' ? 'STRING' : 'INT' }, read: () => value };
  }
  const index = indexOf(item, table);
  return { column: { name: item, type: typeOf(table, index) }, read: (row) => typed(row[index] ?? '', table, index) };
}

interface Aggregate {
  readonly column: Column;
  readonly value: Value;
}

/** COUNT(*), MAX(column) and MIN(column). */
function aggregate(item: string, table: Table): Aggregate | undefined {
  const [, name = '', argument = ''] = /^(count|max|min)\s*\(\s*(\*|\w+)\s*\)$/i.exec(item) ?? [];
  if (name === '') return undefined;
  if (name.toLowerCase() === 'count') {
    return { column: { name: item, type: 'INT' }, value: { type: 'int', value: table.rows.length } };
  }
  const index = indexOf(argument, table);
  const ascending = table.rows.map((row) => row[index] ?? '').toSorted((a, b) => (a < b ? -1 : 1));
  const found = name.toLowerCase() === 'max' ? ascending.at(-1) : ascending[0];
  return { column: { name: item, type: typeOf(table, index) }, value: typed(found ?? '', table, index) };
}

function indexOf(name: string, { columns }: Table): number {
  const index = columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
  if (index >= 0) return index;
  const message = `[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name \`${name}\` cannot be resolved. SQLSTATE: 42703`;
  throw new CodeError('AnalysisException', message);
}

function typeOf({ columns }: Table, index: number): Column['type'] {
  return columns[index]?.type ?? 'STRING';
}

function typed(value: string | number, table: Table, index: number): Value {
  if (typeof value === 'string') return { type: 'string', value };
  return { type: typeOf(table, index) === 'DOUBLE' ? 'float' : 'int', value };
}
