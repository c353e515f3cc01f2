// The tables as the stores of this folder need them: expected outcomes are values, everything else is one of our errors.
// Rules kept here: every call has a deadline, tables come into being when first missed, and a write whose answer was lost
// (the SDK repeats it and meets its own row) is known again by its write id.
import { randomUUID } from 'node:crypto';
import type { TableClient, TableEntityQueryOptions, TransactionAction } from '@azure/data-tables';
import type { OpenTable } from './connection.ts';
import { checked, type Row, type StoredRow } from './row.ts';
import { codeOf, statusOf, translate } from './translate.ts';

export type TableName =
  | 'incidents'
  | 'subjects'
  | 'live'
  | 'signals'
  | 'index'
  | 'settings'
  | 'breakers'
  | 'deadletters'
  | 'inventory'
  | 'rates'
  | 'witnesses'
  | 'notices'
  | 'probes'
  | 'folds';

/** What a benchmark counts; the names are those of the laptop cloud's storage proxy. */
export type OperationKind =
  | 'get-entity'
  | 'insert-entity'
  | 'replace-entity'
  | 'delete-entity'
  | 'query-entities'
  | 'transaction'
  | 'create-table';

export type Write =
  | { readonly written: true; readonly etag: string }
  /** Somebody else's row stands there, or none where one was expected. */
  | { readonly written: false; readonly current: StoredRow | undefined };

export type Action =
  | { readonly kind: 'create' | 'upsert'; readonly row: Row }
  | { readonly kind: 'replace'; readonly row: Row; readonly etag: string }
  | { readonly kind: 'delete'; readonly partitionKey: string; readonly rowKey: string };

export type Transaction =
  | { readonly done: true; readonly etags: readonly string[] }
  /** A row exists that should not, is missing, or has another version. Nothing was written. */
  | { readonly done: false };

export type RowVersion = Pick<StoredRow, 'partitionKey' | 'rowKey' | 'etag'>;

export interface TablesOptions {
  /** Put before each table's name, e.g. so that tests or deployments share an account. Letters and digits. */
  readonly prefix?: string;
  readonly onOperation?: (kind: OperationKind) => void;
}

interface CallOptions {
  readonly abortSignal: AbortSignal;
}

interface PageOptions {
  readonly size: number;
  readonly token: string | undefined;
  readonly limitMs?: number;
}

/** Below the five seconds within which a door has to answer; it also bounds a `Retry-After` that the SDK would wait out. */
const OPERATION_LIMIT_MS = 4_000;
/**
 * The service looks for five seconds through a table before it gives out a page, empty or not, with a continuation (learn.microsoft.com,
 * rest/api/storageservices/query-timeout-and-pagination). Whoever left earlier would never see more of a large table.
 */
const SCAN_LIMIT_MS = 8_000;
const PAGE_ROWS = 1_000;

export class Tables {
  readonly #open: OpenTable;
  readonly #options: TablesOptions;
  readonly #clients = new Map<TableName, Promise<TableClient>>();
  readonly #creating = new Map<TableName, Promise<void>>();

  constructor(open: OpenTable, options: TablesOptions = {}) {
    this.#open = open;
    this.#options = options;
  }

  async get(table: TableName, partitionKey: string, rowKey: string): Promise<StoredRow | undefined> {
    try {
      return await this.#call(table, 'get-entity', async (client, options) =>
        stored(await client.getEntity(partitionKey, rowKey, options)),
      );
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw translate(error);
    }
  }

  async insert(table: TableName, row: Row): Promise<Write> {
    const entity = withWriteId(row);
    try {
      const answer = await this.#call(table, 'insert-entity', (client, options) =>
        client.createEntity(entity, options),
      );
      return { written: true, etag: String(answer.etag) };
    } catch (error) {
      return this.#explain(table, entity, error);
    }
  }

  /** Replaces a row that still has this version. */
  async replace(table: TableName, row: Row, etag: string): Promise<Write> {
    const entity = withWriteId(row);
    try {
      const answer = await this.#call(table, 'replace-entity', (client, options) =>
        client.updateEntity(entity, 'Replace', { ...options, etag }),
      );
      return { written: true, etag: String(answer.etag) };
    } catch (error) {
      return this.#explain(table, entity, error);
    }
  }

  /** Writes whatever stands there. */
  async upsert(table: TableName, row: Row): Promise<void> {
    const entity = checked(row);
    await this.#translated(table, 'replace-entity', (client, options) =>
      client.upsertEntity(entity, 'Replace', options),
    );
  }

  /** Missing is fine. */
  async remove(table: TableName, partitionKey: string, rowKey: string): Promise<void> {
    try {
      await this.#call(table, 'delete-entity', (client, options) => client.deleteEntity(partitionKey, rowKey, options));
    } catch (error) {
      if (statusOf(error) !== 404) throw translate(error);
    }
  }

  /** Removes this version of a row. False: another version stands there. Missing is fine. */
  async removeVersion(table: TableName, { partitionKey, rowKey, etag }: RowVersion): Promise<boolean> {
    try {
      await this.#call(table, 'delete-entity', (client, options) =>
        client.deleteEntity(partitionKey, rowKey, { ...options, etag }),
      );
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return true;
      if (statusOf(error) === 412) return false;
      throw translate(error);
    }
  }

  /** All of one partition's actions or none; the etags are in the order of the actions. */
  async transact(table: TableName, actions: readonly Action[]): Promise<Transaction> {
    const sdkActions = actions.map(sdkAction);
    try {
      const answer = await this.#call(table, 'transaction', (client, options) =>
        client.submitTransaction([...sdkActions], options),
      );
      // By position: `getResponseForEntity` compares with the percent-encoded row key of the answer's URL.
      return { done: true, etags: answer.subResponses.map((part) => part.etag ?? '') };
    } catch (error) {
      if (isExpected(error)) return { done: false };
      throw translate(error);
    }
  }

  /** Every row that matches, of a range of keys. */
  async *rows(table: TableName, filter: string): AsyncGenerator<StoredRow> {
    for await (const page of this.pages(table, filter)) yield* page;
  }

  /** Every row of a table that matches, page by page, for whoever has no range of keys. No door waits for that. */
  scan(table: TableName, filter: string): AsyncGenerator<readonly StoredRow[]> {
    return this.pages(table, filter, SCAN_LIMIT_MS);
  }

  /** As `rows`, page by page. Where few rows of many match, the service gives out pages that are empty although more follows. */
  async *pages(table: TableName, filter: string, limitMs = OPERATION_LIMIT_MS): AsyncGenerator<readonly StoredRow[]> {
    let token: string | undefined;
    do {
      const page = await this.#page(table, { filter }, { size: PAGE_ROWS, token, limitMs });
      yield page.rows;
      token = page.token;
    } while (token !== undefined);
  }

  /** The first rows that match, in key order. A page of the service may be short or empty although more follows. */
  async first(table: TableName, filter: string, count: number, select?: string[]): Promise<StoredRow[]> {
    const found: StoredRow[] = [];
    let token: string | undefined;
    do {
      const size = Math.min(count - found.length, PAGE_ROWS);
      const page = await this.#page(table, { filter, ...(select && { select }) }, { size, token });
      found.push(...page.rows);
      token = page.token;
    } while (token !== undefined && found.length < count);
    return found;
  }

  #page(table: TableName, queryOptions: TableEntityQueryOptions, { size, token, limitMs }: PageOptions) {
    const work = async (client: TableClient, options: CallOptions) => {
      const pages = client
        .listEntities({ ...options, queryOptions })
        .byPage({ maxPageSize: size, ...(token !== undefined && { continuationToken: token }) });
      const { value } = await pages.next();
      return { rows: (value ?? []).map(stored), token: value?.continuationToken };
    };
    return this.#translated(table, 'query-entities', work, limitMs);
  }

  async #translated<T>(table: TableName, kind: OperationKind, work: Work<T>, limitMs?: number): Promise<T> {
    try {
      return await this.#call(table, kind, work, limitMs);
    } catch (error) {
      throw translate(error);
    }
  }

  async #call<T>(table: TableName, kind: OperationKind, work: Work<T>, limitMs?: number): Promise<T> {
    const client = await this.#client(table);
    try {
      return await this.#once(kind, client, work, limitMs);
    } catch (error) {
      if (codeOf(error) !== 'TableNotFound') throw error;
    }
    await this.#create(table, client);
    return this.#once(kind, client, work, limitMs);
  }

  #once<T>(kind: OperationKind, client: TableClient, work: Work<T>, limitMs = OPERATION_LIMIT_MS): Promise<T> {
    this.#options.onOperation?.(kind);
    return work(client, { abortSignal: AbortSignal.timeout(limitMs) });
  }

  #client(table: TableName): Promise<TableClient> {
    const known = this.#clients.get(table);
    if (known) return known;
    const opening = this.#open(`${this.#options.prefix ?? ''}${table}`);
    this.#clients.set(table, opening);
    // A failed sign-in must not be remembered.
    opening.catch(() => this.#clients.delete(table));
    return opening;
  }

  #create(table: TableName, client: TableClient): Promise<void> {
    const running = this.#creating.get(table);
    if (running) return running;
    const creating = this.#once('create-table', client, (_, options) => client.createTable(options)).finally(() =>
      this.#creating.delete(table),
    );
    this.#creating.set(table, creating);
    return creating;
  }

  /** A refused write: our own first try, or somebody else's row. */
  async #explain(table: TableName, entity: Row, error: unknown): Promise<Write> {
    if (!isExpected(error)) throw translate(error);
    const current = await this.get(table, entity.partitionKey, entity.rowKey);
    if (current?.columns.writeId === entity.writeId) return { written: true, etag: current?.etag ?? '' };
    return { written: false, current };
  }
}

type Work<T> = (client: TableClient, options: CallOptions) => Promise<T>;

function withWriteId(row: Row): Row {
  return checked({ ...row, writeId: randomUUID() });
}

function isExpected(error: unknown): boolean {
  const code = codeOf(error);
  if (code === 'TableBeingDeleted' || code === 'TableNotFound') return false;
  const status = statusOf(error);
  return status === 404 || status === 409 || status === 412;
}

function sdkAction(action: Action): TransactionAction {
  if (action.kind === 'delete') return ['delete', { partitionKey: action.partitionKey, rowKey: action.rowKey }];
  if (action.kind === 'replace') return ['update', checked(action.row), 'Replace', { etag: action.etag }];
  if (action.kind === 'upsert') return ['upsert', checked(action.row), 'Replace'];
  return ['create', checked(action.row)];
}

function stored(entity: Record<string, unknown> & { etag?: string }): StoredRow {
  const { etag, partitionKey, rowKey, ...columns } = entity;
  return { etag: String(etag), partitionKey: String(partitionKey), rowKey: String(rowKey), columns };
}
