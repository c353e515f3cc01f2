// IncidentStore over Table Storage: a partition per incident, one range to read, one transaction to write.
// Rule kept here: a commit that conflicts is told apart into handled before, applied by ourselves (its answer was lost), and a real conflict.
import { randomUUID } from 'node:crypto';
import { Broken, Conflict } from '../../domain/errors.ts';
import type { TicketId } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import type { TimelineEvent } from '../../domain/incidents/timeline.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type {
  Change,
  CommitResult,
  IncidentFile,
  IncidentStore,
  Receipt,
  UnreadableIncident,
} from '../../ports/incident-store.ts';
import { COMMIT_ROWS, type PlannedCommit, planCommit } from './incident-commit.ts';
import {
  eventKey,
  fileOf,
  INCIDENT_ROW,
  incidentOf,
  isReceipt,
  isTimelineEvent,
  markerKey,
  outboxKey,
  outcomeOf,
  receiptKey,
} from './incident-rows.ts';
import { quoted, rangeFilter, type StoredRow, unpacked } from './row.ts';
import type { Action, Tables } from './tables.ts';

/** What is purged in one go: ten transactions. */
const PURGE_ROWS = 10 * COMMIT_ROWS;

export class TableIncidentStore implements IncidentStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async load(id: TicketId): Promise<IncidentFile | undefined> {
    return fileOf(await this.#range(id, 'a'));
  }

  async commit(change: Change): Promise<CommitResult> {
    const plan = planCommit(change, randomUUID());
    const result = await this.#tables.transact('incidents', plan.actions);
    if (!result.done) return this.#explain(change, plan);
    return { committed: true, file: { ...plan.file, etag: result.etags[plan.incidentAt] ?? '' } };
  }

  async hasHandled(id: TicketId, deliveryId: string): Promise<boolean> {
    return (await this.#tables.get('incidents', id, markerKey(deliveryId))) !== undefined;
  }

  async receipt(id: TicketId, deliveryId: string): Promise<Receipt | undefined> {
    const row = await this.#tables.get('incidents', id, receiptKey(deliveryId));
    return row && unpacked(row, isReceipt);
  }

  async clearOutbox(id: TicketId, messageIds: readonly string[]): Promise<void> {
    await this.#removeInTransactions(id, [...new Set(messageIds.map(outboxKey))]);
  }

  async timeline(id: TicketId): Promise<readonly TimelineEvent[]> {
    const events = (await this.#range(id, 'e')).map((row) => unpacked(row, isTimelineEvent));
    return events.toSorted((a, b) => a.seq - b.seq);
  }

  async *all(since?: string): AsyncGenerator<Incident | UnreadableIncident> {
    const changed = since === undefined ? '' : ` and changedAt ge ${quoted(since)}`;
    const pages = this.#tables.scan('incidents', `RowKey eq ${quoted(INCIDENT_ROW)}${changed}`);
    for await (const page of pages) yield* page.map(incidentOrWhyNot);
  }

  async *outcomes(id: TicketId): AsyncGenerator<SignalOutcome> {
    for await (const row of this.#tables.rows('incidents', rangeFilter(id, 's'))) {
      const outcome = outcomeOf(row);
      if (outcome) yield outcome;
    }
  }

  async purge({ incident: { id }, etag }: IncidentFile): Promise<'more' | 'gone'> {
    const others = `PartitionKey eq ${quoted(id)} and RowKey ne ${quoted(INCIDENT_ROW)}`;
    const rows = await this.#tables.first('incidents', others, PURGE_ROWS);
    await this.#removeInTransactions(
      id,
      rows.map(({ rowKey }) => rowKey),
    );
    if (rows.length === PURGE_ROWS) return 'more';
    if (await this.#tables.removeVersion('incidents', { partitionKey: id, rowKey: INCIDENT_ROW, etag })) return 'gone';
    throw new Conflict('written-meanwhile', `${id} was written while it was purged`);
  }

  async #range(id: TicketId, prefix: string): Promise<StoredRow[]> {
    const rows: StoredRow[] = [];
    for await (const row of this.#tables.rows('incidents', rangeFilter(id, prefix))) rows.push(row);
    return rows;
  }

  async #removeInTransactions(id: TicketId, rowKeys: readonly string[]): Promise<void> {
    for (let start = 0; start < rowKeys.length; start += COMMIT_ROWS) {
      await this.#removeAll(id, rowKeys.slice(start, start + COMMIT_ROWS));
    }
  }

  /** One transaction when all are there; one by one when some are gone already. */
  async #removeAll(id: TicketId, rowKeys: readonly string[]): Promise<void> {
    const [only, ...others] = rowKeys;
    if (only === undefined) return;
    if (others.length === 0) return this.#tables.remove('incidents', id, only);
    const actions = rowKeys.map((rowKey): Action => ({ kind: 'delete', partitionKey: id, rowKey }));
    const result = await this.#tables.transact('incidents', actions);
    if (result.done) return;
    await Promise.all(rowKeys.map((rowKey) => this.#tables.remove('incidents', id, rowKey)));
  }

  /** Who was faster: this very delivery, we ourselves, or somebody else. */
  async #explain(change: Change, plan: PlannedCommit): Promise<CommitResult> {
    const { id } = change.incident;
    const [marker, incident, event] = await Promise.all([
      change.deliveryId === undefined ? undefined : this.#tables.get('incidents', id, markerKey(change.deliveryId)),
      this.#tables.get('incidents', id, INCIDENT_ROW),
      plan.firstEvent === undefined ? undefined : this.#tables.get('incidents', id, eventKey(plan.firstEvent)),
    ]);
    const isOurs = (row: StoredRow | undefined) => row?.columns.commitId === plan.commitId;
    if (incident && isOurs(incident)) return { committed: true, file: { ...plan.file, etag: incident.etag } };
    if (isOurs(marker) || isOurs(event)) return { committed: true, file: await this.#reload(id) };
    if (marker) {
      const outcome = outcomeOf(marker);
      return { committed: false, because: 'handled-before', ...(outcome && { outcome }) };
    }
    throw new Conflict('written-meanwhile', `${id} was written by somebody else meanwhile`);
  }

  /** Ours was applied, and somebody has written after it. */
  async #reload(id: TicketId): Promise<IncidentFile> {
    const file = await this.load(id);
    if (!file) throw new Conflict('written-meanwhile', `${id} is gone`);
    return file;
  }
}

function incidentOrWhyNot(row: StoredRow): Incident | UnreadableIncident {
  try {
    return incidentOf(row);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { id: row.partitionKey, unreadable: error.message };
  }
}
