// IncidentIndex over Table Storage: a list, newest first, and the open incidents that the watchdog scans. Projections: both can be rebuilt.
// Rule kept here: a late refresh never puts an older version over a newer one.
import { Broken, InvalidInput } from '../../domain/errors.ts';
import { isTicketId } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import type {
  IncidentFilter,
  IncidentIndex,
  IncidentPage,
  IncidentSummary,
  LiveIncident,
} from '../../ports/incident-store.ts';
import { clipped, packed, plain, quoted, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { TableName, Tables } from './tables.ts';

const LIST = 'incident';
const LIVE = 'live';
/** The last instant a Date can hold, so that a later opening sorts first. */
const LAST_INSTANT_MS = 8_640_000_000_000_000;
const LIST_KEY = /^\d{16}\|RCA-\d{8}-\d{3,6}$/;
const LARGEST_PAGE = 999;
const SOON_MS = 500;

export class TableIncidentIndex implements IncidentIndex {
  readonly #tables: Tables;
  /** Newest version of each incident whose list row is to be written soon. */
  readonly #soon = new Map<string, Incident>();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async refresh(incident: Incident): Promise<void> {
    const row = listRow(incident);
    if ((await this.#bringUp('index', row)) === 'newer') return;
    if (incident.state === 'closed') return this.#tables.remove('live', LIVE, incident.id);
    if ((await this.#bringUp('live', liveRow(incident))) !== 'inserted') return;
    // It may have been closed, and its live row removed, between our two writes.
    const listed = await this.#tables.get('index', LIST, row.rowKey);
    if (listed?.columns.state === 'closed') await this.#tables.remove('live', LIVE, incident.id);
  }

  refreshSoon(incident: Incident): void {
    const isPlanned = this.#soon.has(incident.id);
    this.#soon.set(incident.id, incident);
    // Nothing waits for it: a process that ends first leaves an older count, until the next refresh.
    if (!isPlanned) setTimeout(() => void this.#refreshNow(incident.id), SOON_MS).unref();
  }

  async list(filter: IncidentFilter, pageSize: number, continuation?: string): Promise<IncidentPage> {
    const size = Math.max(1, Math.min(Math.trunc(pageSize), LARGEST_PAGE));
    // One more than asked for tells whether there is a next page.
    const rows = await this.#tables.first('index', listFilter(filter, continuation), size + 1);
    const shown = rows.slice(0, size);
    const incidents = shown.map((row) => unpacked(row, isSummary));
    const last = shown.at(-1);
    return rows.length > size && last ? { incidents, continuation: tokenOf(last.rowKey) } : { incidents };
  }

  async *live(): AsyncGenerator<LiveIncident> {
    for await (const row of this.#tables.rows('live', `PartitionKey eq ${quoted(LIVE)}`)) {
      // Guard rows of writers without a message stand here too, under longer keys.
      if (!isTicketId(row.rowKey)) continue;
      const { dueAt } = row.columns;
      yield { id: row.rowKey, dueAt: typeof dueAt === 'string' ? dueAt : null };
    }
  }

  async #refreshNow(id: string): Promise<void> {
    const incident = this.#soon.get(id);
    this.#soon.delete(id);
    // What fails here is mended by the next refresh, or by rebuilding.
    if (incident) await this.#bringUp('index', listRow(incident)).catch(() => undefined);
  }

  /** Writes the row unless a newer one stands there. Ends because each turn means that somebody else wrote. */
  async #bringUp(table: TableName, row: Row): Promise<'inserted' | 'replaced' | 'newer'> {
    let current = await this.#tables.get(table, row.partitionKey, row.rowKey);
    for (;;) {
      if (current && isNewer(current, row)) return 'newer';
      const result = await (current ? this.#tables.replace(table, row, current.etag) : this.#tables.insert(table, row));
      if (result.written) return current ? 'replaced' : 'inserted';
      current = result.current;
    }
  }
}

/** By the timeline, and between two events by the count of reports. */
function isNewer({ columns }: StoredRow, row: Row): boolean {
  const [seq, other] = [Number(columns.seq), Number(row.seq)];
  if (seq !== other) return seq > other;
  return Number(columns.signalCount ?? 0) > Number(row.signalCount ?? 0);
}

function listRow(incident: Incident): Row {
  const summary = summaryOf(incident);
  const { state, failureClass, subject, openedAt, resolvedAt, closedAt, severity, title, signalCount } = summary;
  const columns = { state, failureClass, subject, openedAt, resolvedAt, closedAt, severity, title, signalCount };
  const keys = { partitionKey: LIST, rowKey: listKey(incident), schemaVersion: SCHEMA_VERSION };
  return { ...keys, ...packed(summary), ...plain({ ...columns, incidentId: incident.id, seq: incident.lastEventSeq }) };
}

function listKey({ openedAt, id }: Incident): string {
  const opened = Date.parse(openedAt);
  if (Number.isNaN(opened)) throw new Broken('broken', `${id} was opened at no time: ${openedAt}`);
  return `${String(LAST_INSTANT_MS - opened).padStart(16, '0')}|${id}`;
}

function liveRow(incident: Incident): Row {
  const { id, state, subject, lastEventSeq } = incident;
  const columns = plain({ dueAt: incident.nextDueAt ?? incident.closesAt, state, subject, seq: lastEventSeq });
  return { partitionKey: LIVE, rowKey: id, schemaVersion: SCHEMA_VERSION, ...columns };
}

function summaryOf(incident: Incident): IncidentSummary {
  const { id, state, failureClass, code, severity, subject, title, openedAt, resolvedAt, closedAt, signalCount } =
    incident;
  return {
    ...{ id, state, failureClass, code, severity, subject, title, openedAt, signalCount },
    ...(resolvedAt !== undefined && { resolvedAt }),
    ...(closedAt !== undefined && { closedAt }),
  };
}

function listFilter(filter: IncidentFilter, continuation: string | undefined): string {
  const parts = [`PartitionKey eq ${quoted(LIST)}`];
  if (continuation !== undefined) parts.push(`RowKey gt ${quoted(keyOf(continuation))}`);
  if (filter.state !== undefined) parts.push(`state eq ${quoted(filter.state)}`);
  if (filter.failureClass !== undefined) parts.push(`failureClass eq ${quoted(clipped(filter.failureClass))}`);
  if (filter.subject !== undefined) parts.push(`subject eq ${quoted(clipped(filter.subject))}`);
  return parts.join(' and ');
}

/** The last key that was shown: it stays good however many incidents open meanwhile. */
function tokenOf(rowKey: string): string {
  return Buffer.from(rowKey, 'utf8').toString('base64url');
}

function keyOf(continuation: string): string {
  const key = Buffer.from(continuation, 'base64url').toString('utf8');
  // Decoding skips what is not base64url, so only a token that is written the same again is one of ours.
  if (LIST_KEY.test(key) && tokenOf(key) === continuation) return key;
  const field = { pointer: '/continuation', detail: 'is not a continuation that this list gave out' };
  throw new InvalidInput('bad-request', 'The continuation is not valid', [field]);
}

function isSummary(value: unknown): value is IncidentSummary {
  return (
    typeof value === 'object' && value !== null && 'id' in value && 'state' in value && typeof value.id === 'string'
  );
}
