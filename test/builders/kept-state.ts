// What stands in Table Storage, read row by row past the app: the truth of an incident is its rows, not what an API shows of them.
import { RestError, TableClient, type TableEntityResult } from '@azure/data-tables';
import * as z from 'zod';

const incident = z.looseObject({
  id: z.string(),
  state: z.string(),
  subject: z.string(),
  signalCount: z.number(),
  openedAt: z.string(),
  resolvedAt: z.string().optional(),
  previousIncidentId: z.string().optional(),
  lastEventSeq: z.number(),
  lastEventHash: z.string(),
});
const run = z.looseObject({
  number: z.number(),
  state: z.looseObject({ name: z.string() }),
  dueAt: z.string().optional(),
});
const attempt = z.looseObject({ number: z.number(), outcome: z.string().optional() });
const event = z.looseObject({
  seq: z.number(),
  type: z.string(),
  actor: z.string(),
  text: z.string(),
  previousHash: z.string(),
  hash: z.string(),
  data: z.looseObject({}).nullish(),
});

export interface KeptIncident {
  readonly incident: z.infer<typeof incident>;
  readonly runs: readonly z.infer<typeof run>[];
  readonly attempts: readonly z.infer<typeof attempt>[];
  readonly timeline: readonly z.infer<typeof event>[];
  /** Ids of the signals that were handled here, by their markers. */
  readonly signals: readonly string[];
  /** Ids of messages that were decided and are not handed over. */
  readonly outbox: readonly string[];
}

export interface KeptState {
  readonly incidents: readonly KeptIncident[];
  /** Incident id -> what its `live` row says is due next. */
  readonly live: ReadonlyMap<string, string | undefined>;
  readonly guards: readonly KeptGuard[];
}

export interface KeptGuard {
  /** `<incident>|<commit id>` */
  readonly key: string;
  readonly since: string;
}

/** The few columns that tell, while everything moves, whether an incident is open and a run is looked after. */
export interface Glance {
  readonly incidents: readonly { readonly id: string; readonly subject: string; readonly state: string }[];
  readonly runs: readonly { readonly name: string; readonly state: string; readonly dueAt: string | undefined }[];
}

type Row = TableEntityResult<Record<string, unknown>>;

export async function keptState(connection: string): Promise<KeptState> {
  const [rows, live] = await Promise.all([rowsOf(connection, 'incidents'), rowsOf(connection, 'live')]);
  const partitions = Map.groupBy(rows, ({ partitionKey = '' }) => partitionKey);
  return {
    incidents: [...partitions.values()].map(incidentOf),
    live: new Map(live.filter(isLive).map((row) => [row.rowKey ?? '', textOf(row.dueAt)])),
    guards: live.filter((row) => !isLive(row)).map(guardOf),
  };
}

export async function keptGuards(connection: string): Promise<KeptGuard[]> {
  return (await rowsOf(connection, 'live')).filter((row) => !isLive(row)).map(guardOf);
}

export async function glance(connection: string): Promise<Glance> {
  const heads = "RowKey eq 'a|incident' or (RowKey ge 'a|run|' and RowKey lt 'a|run}')";
  const select = ['PartitionKey', 'RowKey', 'state', 'subject', 'dueAt'];
  const rows = await rowsOf(connection, 'incidents', { filter: heads, select });
  const isHead = ({ rowKey }: Row) => rowKey === 'a|incident';
  return {
    incidents: rows.filter(isHead).map((row) => ({ id: row.partitionKey ?? '', ...openness(row) })),
    runs: rows
      .filter((row) => !isHead(row))
      .map((row) => ({
        name: `${row.partitionKey} ${row.rowKey}`,
        state: String(row.state),
        dueAt: textOf(row.dueAt),
      })),
  };
}

function openness({ subject, state }: Row): { subject: string; state: string } {
  return { subject: String(subject), state: String(state) };
}

async function rowsOf(connection: string, name: string, queryOptions = {}): Promise<Row[]> {
  const table = TableClient.fromConnectionString(connection, name, { allowInsecureConnection: true });
  try {
    const rows: Row[] = [];
    for await (const row of table.listEntities({ queryOptions })) rows.push(row);
    return rows;
  } catch (error) {
    // Made when it is first written to.
    if (error instanceof RestError && error.statusCode === 404) return [];
    throw error;
  }
}

/** A guard's key names its write beside the incident. */
function isLive({ rowKey = '' }: Row): boolean {
  return !rowKey.includes('|');
}

function guardOf({ rowKey = '', since }: Row): KeptGuard {
  return { key: rowKey, since: String(since) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function incidentOf(rows: readonly Row[]): KeptIncident {
  const under = (prefix: string) => rows.filter(({ rowKey = '' }) => rowKey.startsWith(prefix));
  const events = under('e|').map((row) => event.parse(payloadOf(row)));
  return {
    incident: incident.parse(payloadOf(under('a|incident')[0])),
    runs: under('a|run|').map((row) => run.parse(payloadOf(row))),
    attempts: under('a|attempt|').map((row) => attempt.parse(payloadOf(row))),
    timeline: events.toSorted((a, b) => a.seq - b.seq),
    signals: under('s|')
      .map((row) => String(row.deliveryId))
      .filter((id) => id.startsWith('sig-')),
    outbox: under('a|outbox|').map(({ rowKey = '' }) => rowKey),
  };
}

/** Cut into `payload`, `payload1`, ... because a property holds 64 KiB. */
function payloadOf(row: Row | undefined): unknown {
  let text = '';
  for (let part = 0; ; part += 1) {
    const chunk = row?.[part === 0 ? 'payload' : `payload${part}`];
    if (typeof chunk !== 'string') return JSON.parse(text || 'null');
    text += chunk;
  }
}
