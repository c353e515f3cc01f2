// A store with many incidents, as refreshing them would have left it, written in whole transactions.
import { copies, mainRow, minuteKey, minuteRow } from '../../shared/adapters/table-storage/incident-list-rows.ts';
import type { Row } from '../../shared/adapters/table-storage/row.ts';
import { TableIncidentIndex } from '../../shared/adapters/table-storage/table-incident-index.ts';
import type { Action, Tables } from '../../shared/adapters/table-storage/tables.ts';
import { Unavailable } from '../../shared/domain/errors.ts';
import type { Incident } from '../../shared/domain/incidents/incident.ts';
import { addedUp, tallyOf } from '../../shared/domain/incidents/tally.ts';
import { ticketId } from '../../shared/domain/incidents/ticket-id.ts';
import { askedClasses, NOW } from '../builders/counted-failures.ts';
import { CountedTables } from '../builders/counted-tables.ts';
import { anIncident } from '../builders/incident.ts';

const DAY_MS = 24 * 3_600_000;
const ROWS_AT_ONCE = 100;
const TRANSACTIONS_AT_ONCE = 4;
const COMPONENTS = 200;
const TRIES = 5;

export interface Side {
  readonly size: number;
  readonly tables: CountedTables;
  readonly index: TableIncidentIndex;
  readonly incidents: readonly Incident[];
}

/** With this many incidents of the last 24 hours. */
export async function loaded(connection: string, size: number): Promise<Side> {
  const tables = CountedTables.of(connection, `bench${size}`);
  const incidents = Array.from({ length: size }, (_, place) => anIncidentOf(place, size));
  await tables.upsert('index', { partitionKey: 'made', rowKey: 'first' });
  await write(tables, rowsOf(incidents));
  return { size, tables, index: new TableIncidentIndex(tables), incidents };
}

/** Evenly over the day; two in three are closed, one in six is resolved. */
function anIncidentOf(place: number, size: number): Incident {
  const openedMs = NOW.getTime() - Math.floor((place * DAY_MS) / size);
  const state = place % 6 === 0 ? ('open' as const) : place % 6 === 1 ? ('resolved' as const) : ('closed' as const);
  const cluster = `bench-${place % COMPONENTS}`;
  return anIncident({
    id: ticketId('20261120', place + 1),
    state,
    failureClass: askedClasses[place % askedClasses.length] ?? 'DatabricksUnknown',
    subject: `cluster/databricks-dev/${cluster}`,
    openedAt: new Date(openedMs).toISOString(),
    ...(state !== 'open' && { resolvedAt: new Date(openedMs + (place % 900) * 1_000).toISOString() }),
    lastEventSeq: 3,
  });
}

function* rowsOf(incidents: readonly Incident[]): Generator<Row> {
  const minutes = Map.groupBy(incidents, ({ openedAt }) => minuteKey(openedAt));
  for (const [key, own] of minutes) yield minuteRow(key, addedUp(own.map(tallyOf)));
  for (const incident of incidents) yield* [mainRow(incident), ...copies(incident)];
}

/** Several transactions at once, each taking the next rows. */
async function write(tables: Tables, rows: Generator<Row>): Promise<void> {
  const writers = Array.from({ length: TRANSACTIONS_AT_ONCE }, async () => {
    for (let next = [...some(rows)]; next.length > 0; next = [...some(rows)]) {
      const { done } = await patiently(() => tables.transact('index', next));
      if (!done) throw new Error('rows were refused');
    }
  });
  await Promise.all(writers);
}

function* some(rows: Generator<Row>): Generator<Action> {
  for (let count = 0; count < ROWS_AT_ONCE; count += 1) {
    const { done, value } = rows.next();
    if (done) return;
    yield { kind: 'upsert', row: value };
  }
}

/** For what is not measured: on a busy machine a large step may take longer than an operation is given. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !(error instanceof Unavailable)) throw error;
    }
  }
}
