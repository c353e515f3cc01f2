// NoticeStore over Table Storage: one row per notice, and one for its place in time, written together.
import { Conflict } from '../../domain/errors.ts';
import { hashOf } from '../../domain/ids.ts';
import { type StoredNotice, storedNoticeSchema } from '../../domain/signals/azure/stored-notice.ts';
import type { NoticePage, NoticeStore, NoticeVersion } from '../../ports/notice-store.ts';
import { shownIn, tokenOf } from './continuation.ts';
import { INVERTED_TIME, inverted } from './newest-first.ts';
import { packed, quoted, type Row, rangeFilter, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const TABLE = 'notices';
const PARTITION = 'notice';
const BY_KEY = 'n';
const BY_TIME = 't';
const LARGEST_PAGE = 500;
const TIME_ROW = new RegExp(`^${BY_TIME}\\|${INVERTED_TIME}\\|[0-9a-f]{24}$`);

export class TableNoticeStore implements NoticeStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async get(key: string): Promise<NoticeVersion | undefined> {
    const row = await this.#tables.get(TABLE, PARTITION, keyRow(key));
    return row && versionOf(row);
  }

  async set(notice: StoredNotice, basis: NoticeVersion | undefined): Promise<NoticeVersion> {
    const byKey = rowOf(keyRow(notice.key), notice);
    const byTime = rowOf(timeRow(notice), notice);
    const before = basis && timeRow(basis.notice);
    const result = await this.#tables.transact(TABLE, [
      basis ? { kind: 'replace', row: byKey, etag: basis.etag } : { kind: 'create', row: byKey },
      ...(before && before !== byTime.rowKey
        ? [{ kind: 'delete' as const, partitionKey: PARTITION, rowKey: before }]
        : []),
      { kind: 'upsert', row: byTime },
    ]);
    if (result.done) return { notice, etag: result.etags[0] ?? '' };
    throw new Conflict('written-meanwhile', `the notice ${notice.key} was written by somebody else meanwhile`);
  }

  async list({ since }: { readonly since?: string }, pageSize: number, continuation?: string): Promise<NoticePage> {
    const size = Math.max(1, Math.min(Math.trunc(pageSize), LARGEST_PAGE));
    const after =
      continuation === undefined
        ? ''
        : ` and RowKey gt ${quoted(shownIn(continuation, (text) => TIME_ROW.test(text)))}`;
    const until = since === undefined ? '' : ` and RowKey lt ${quoted(`${BY_TIME}|${inverted(Date.parse(since))}|~`)}`;
    // One more than asked for tells whether there is a next page.
    const rows = await this.#tables.first(TABLE, `${rangeFilter(PARTITION, BY_TIME)}${after}${until}`, size + 1);
    const shown = rows.slice(0, size);
    const notices = shown.map((row) => unpacked(row, isNotice));
    const last = shown.at(-1);
    return rows.length > size && last ? { notices, continuation: tokenOf(last.rowKey) } : { notices };
  }

  async forgetBefore(instant: string): Promise<number> {
    const old = `${rangeFilter(PARTITION, BY_TIME)} and RowKey gt ${quoted(`${BY_TIME}|${inverted(Date.parse(instant))}|~`)}`;
    let forgotten = 0;
    for await (const row of this.#tables.rows(TABLE, old)) {
      const notice = unpacked(row, isNotice);
      if (notice.phase === 'active') continue;
      const { done } = await this.#tables.transact(TABLE, [
        { kind: 'delete', partitionKey: PARTITION, rowKey: row.rowKey },
        { kind: 'delete', partitionKey: PARTITION, rowKey: keyRow(notice.key) },
      ]);
      if (done) forgotten += 1;
    }
    return forgotten;
  }
}

function keyRow(key: string): string {
  return `${BY_KEY}|${hashOf(key)}`;
}

function timeRow({ at, key }: StoredNotice): string {
  return `${BY_TIME}|${inverted(Date.parse(at))}|${hashOf(key, 24)}`;
}

function rowOf(rowKey: string, notice: StoredNotice): Row {
  return { partitionKey: PARTITION, rowKey, schemaVersion: SCHEMA_VERSION, ...packed(notice) };
}

function versionOf(row: StoredRow): NoticeVersion {
  return { notice: unpacked(row, isNotice), etag: row.etag };
}

function isNotice(value: unknown): value is StoredNotice {
  return storedNoticeSchema.safeParse(value).success;
}
