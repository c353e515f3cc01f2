// IncidentIndex over Table Storage: lists, newest first, counts by the minute, and the open incidents that the watchdog scans.
// Rules kept here: all of it can be rebuilt, a late refresh never puts an older version over a newer one, and what a page or a
// question reads is bounded by its own size, never by the number of incidents.
import { isTicketId } from '../../domain/ids.ts';
import { type Incident, type IncidentState, incidentStates, openStates } from '../../domain/incidents/incident.ts';
import { componentOf } from '../../domain/incidents/subject.ts';
import type { MinuteTally } from '../../domain/incidents/tally.ts';
import type {
  BudgetQueue,
  ClosedIncident,
  IncidentFilter,
  IncidentIndex,
  IncidentPage,
  IncidentSummary,
  LiveIncident,
} from '../../ports/incident-store.ts';
import { tokenOf } from './continuation.ts';
import {
  classList,
  componentList,
  instantAt,
  isSummary,
  LIST,
  listFilter,
  place,
  placeBefore,
  placeIn,
  placeOf,
  stateList,
  turnList,
} from './incident-list-rows.ts';
import { IncidentListWriter, isNewer } from './incident-list-writer.ts';
import { readTallies, recountTallies } from './incident-tallies.ts';
import { plain, quoted, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const LIVE = 'live';
const ALL = '';
const LARGEST_PAGE = 999;
/** Rows of one component that are looked through for a page of those of one state or class. */
const LOOKED_THROUGH = 1_000;
const SOON_MS = 500;
/** Of those that wait for a budget: five pages of the service, one row less than they hold. */
const MOST_COUNTED = 4_999;

interface Shown {
  readonly at: string;
  readonly summary: IncidentSummary;
}

export class TableIncidentIndex implements IncidentIndex {
  readonly #tables: Tables;
  readonly #writer: IncidentListWriter;
  /** Newest version of each incident whose list rows are to be written soon. */
  readonly #soon = new Map<string, Incident>();

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#writer = new IncidentListWriter(tables);
  }

  async refresh(incident: Incident): Promise<void> {
    if ((await this.#writer.write(incident)) === 'newer') return;
    if (incident.state === 'closed') return this.#tables.remove('live', LIVE, incident.id);
    if ((await this.#bringUp(liveRow(incident))) !== 'inserted') return;
    // It may have been closed, and its live row removed, between our two writes.
    const listed = await this.#tables.get('index', LIST, place(incident));
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
    const after = startOf(filter, continuation);
    if (filter.subject !== undefined || filter.component !== undefined) return this.#ofComponent(filter, size, after);
    // One more than asked for tells whether there is a next page.
    const lists = await Promise.all(listsOf(filter).map((list) => this.#read(list, after, size + 1)));
    return pageOf(newestFirst(lists.flat()), size);
  }

  async waitingForBudget(workspace: string): Promise<BudgetQueue> {
    const rows = await this.#tables.first('index', listFilter(turnList(workspace), undefined), MOST_COUNTED + 1, [
      'RowKey',
    ]);
    const [last] = rows;
    const waiting = Math.min(rows.length, MOST_COUNTED);
    return { waiting, isMore: rows.length > MOST_COUNTED, lastTurnAt: last && instantAt(placeIn(last)) };
  }

  async *live(): AsyncGenerator<LiveIncident> {
    for await (const row of this.#tables.rows('live', `PartitionKey eq ${quoted(LIVE)}`)) {
      // Guard rows of writers without a message stand here too, under longer keys.
      if (!isTicketId(row.rowKey)) continue;
      const { dueAt } = row.columns;
      yield { id: row.rowKey, dueAt: typeof dueAt === 'string' ? dueAt : null };
    }
  }

  async *closedBefore(instant: string): AsyncGenerator<ClosedIncident> {
    // What was closed before was opened before.
    for await (const row of this.#tables.rows('index', listFilter(stateList('closed'), placeBefore(instant)))) {
      const { id, openedAt, closedAt } = unpacked(row, isSummary);
      if (isTicketId(id) && closedAt !== undefined && closedAt < instant) yield { id, openedAt };
    }
  }

  async forget(incident: ClosedIncident): Promise<void> {
    await this.#tables.remove('live', LIVE, incident.id);
    await this.#writer.forget(incident);
  }

  tallies(from: string, to: string): Promise<readonly MinuteTally[]> {
    return readTallies(this.#tables, from, to);
  }

  recount(): Promise<void> {
    return recountTallies(this.#tables);
  }

  /** A component has one list: by state, class and whole subject it is looked through, a bounded part for each page. */
  async #ofComponent(filter: IncidentFilter, size: number, after: string | undefined): Promise<IncidentPage> {
    const list = componentList(filter.component ?? componentOf(filter.subject ?? ''));
    const matching: Shown[] = [];
    let last = after;
    for (let looked = 0; looked < LOOKED_THROUGH && matching.length <= size; looked += size + 1) {
      const read = await this.#read(list, last, size + 1);
      matching.push(...read.filter(({ summary }) => matches(summary, filter)));
      if (read.length <= size) return pageOf(matching, size);
      last = read.at(-1)?.at;
    }
    if (matching.length > size || last === undefined) return pageOf(matching, size);
    return { ...pageOf(matching, size), continuation: tokenOf(last) };
  }

  async #read(list: string, after: string | undefined, count: number): Promise<readonly Shown[]> {
    const rows = await this.#tables.first('index', listFilter(list, after), count);
    return rows.map((row) => ({ at: placeIn(row), summary: unpacked(row, isSummary) }));
  }

  async #refreshNow(id: string): Promise<void> {
    const incident = this.#soon.get(id);
    this.#soon.delete(id);
    // What fails here is mended by the next refresh, or by rebuilding.
    if (incident) await this.#writer.write(incident).catch(() => undefined);
  }

  /** Writes the live row unless a newer one stands there. Ends because each turn means that somebody else wrote. */
  async #bringUp(row: Row): Promise<'inserted' | 'replaced' | 'newer'> {
    let current: StoredRow | undefined = await this.#tables.get('live', row.partitionKey, row.rowKey);
    for (;;) {
      if (current && isNewer(current, row)) return 'newer';
      const result = await (current
        ? this.#tables.replace('live', row, current.etag)
        : this.#tables.insert('live', row));
      if (result.written) return current ? 'replaced' : 'inserted';
      current = result.current;
    }
  }
}

function liveRow(incident: Incident): Row {
  const { id, state, subject, lastEventSeq } = incident;
  const columns = plain({ dueAt: incident.nextDueAt ?? incident.closesAt, state, subject, seq: lastEventSeq });
  return { partitionKey: LIVE, rowKey: id, schemaVersion: SCHEMA_VERSION, ...columns };
}

/** The lists that together hold what is asked for, and nothing else. */
function listsOf({ state, open, failureClass }: IncidentFilter): string[] {
  const states = statesOf({ state, open });
  if (failureClass !== undefined) return (states ?? incidentStates).map((each) => classList(failureClass, each));
  return states?.map(stateList) ?? [ALL];
}

function statesOf(filter: { state: IncidentState | undefined; open: true | undefined }) {
  const states = filter.open ? openStates : incidentStates;
  if (filter.state !== undefined) return states.filter((state) => state === filter.state);
  return filter.open ? states : undefined;
}

function matches(summary: IncidentSummary, { state, open, failureClass, subject, component }: IncidentFilter): boolean {
  if (subject !== undefined && summary.subject !== subject) return false;
  if (component !== undefined && componentOf(summary.subject) !== component) return false;
  if (failureClass !== undefined && summary.failureClass !== failureClass) return false;
  return statesOf({ state, open })?.includes(summary.state) ?? true;
}

/** Whatever is further back. */
function startOf({ openedBefore }: IncidentFilter, continuation: string | undefined): string | undefined {
  const starts = [
    ...(openedBefore === undefined ? [] : [placeBefore(openedBefore)]),
    ...(continuation === undefined ? [] : [placeOf(continuation)]),
  ];
  return starts.toSorted().at(-1);
}

/** An incident that moved from list to list while both were read may be in both: it is shown once. */
function newestFirst(read: readonly Shown[]): readonly Shown[] {
  const byPlace = new Map<string, Shown>();
  for (const each of read) byPlace.set(each.at, each);
  return [...byPlace.values()].toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

function pageOf(read: readonly Shown[], size: number): IncidentPage {
  const shown = read.slice(0, size);
  const incidents = shown.map(({ summary }) => summary);
  const last = shown.at(-1);
  return read.length > size && last ? { incidents, continuation: tokenOf(last.at) } : { incidents };
}
