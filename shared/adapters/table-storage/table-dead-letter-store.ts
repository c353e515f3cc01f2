// DeadLetterStore over Table Storage: one partition, one row per message, guarded by its version.
import * as z from 'zod';
import { type DeadLetterState, deadLetterStates } from '../../domain/dead-letters/query.ts';
import { Conflict } from '../../domain/errors.ts';
import { queues } from '../../ports/bus.ts';
import type { DeadLetter, DeadLetterPage, DeadLetterStore, StoredDeadLetter } from '../../ports/dead-letter-store.ts';
import { shownIn, tokenOf } from './continuation.ts';
import { keyPart, packed, plain, quoted, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const TABLE = 'deadletters';
const PARTITION = 'dead';
const LARGEST_PAGE = 999;

const letterSchema = z.object({
  schemaVersion: z.literal(1),
  id: z.string(),
  message: z.object({ id: z.string(), queue: z.enum(queues), sessionId: z.string(), body: z.unknown() }),
  state: z.enum(deadLetterStates),
  because: z.string(),
  redrives: z.number(),
  replays: z.number(),
  arrival: z.string(),
});

export class TableDeadLetterStore implements DeadLetterStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async get(id: string): Promise<StoredDeadLetter | undefined> {
    const row = await this.#tables.get(TABLE, PARTITION, keyPart(id));
    return row && storedOf(row);
  }

  async put(letter: DeadLetter, basis: StoredDeadLetter | undefined): Promise<StoredDeadLetter> {
    const row = rowOf(letter);
    const result = await (basis ? this.#tables.replace(TABLE, row, basis.etag) : this.#tables.insert(TABLE, row));
    if (result.written) return { letter, etag: result.etag };
    throw new Conflict('written-meanwhile', `dead letter ${letter.id} was changed by somebody else meanwhile`);
  }

  async list(states: readonly DeadLetterState[], pageSize: number, continuation?: string): Promise<DeadLetterPage> {
    const size = Math.max(1, Math.min(Math.trunc(pageSize), LARGEST_PAGE));
    const after = continuation === undefined ? '' : ` and RowKey gt ${quoted(shownIn(continuation, isKey))}`;
    // One more than asked for tells whether there is a next page.
    const rows = await this.#tables.first(TABLE, `${filterOf(states)}${after}`, size + 1);
    const shown = rows.slice(0, size);
    const letters = shown.map((row) => unpacked(row, isLetter));
    const last = shown.at(-1);
    return rows.length > size && last ? { letters, continuation: tokenOf(last.rowKey) } : { letters };
  }

  async *all(states: readonly DeadLetterState[]): AsyncGenerator<StoredDeadLetter> {
    for await (const row of this.#tables.rows(TABLE, filterOf(states))) yield storedOf(row);
  }

  async remove({ letter: { id }, etag }: StoredDeadLetter): Promise<void> {
    if (await this.#tables.removeVersion(TABLE, { partitionKey: PARTITION, rowKey: keyPart(id), etag })) return;
    throw new Conflict('written-meanwhile', `dead letter ${id} was changed by somebody else meanwhile`);
  }
}

function filterOf(states: readonly DeadLetterState[]): string {
  const any = states.map((state) => `state eq ${quoted(state)}`).join(' or ');
  return `PartitionKey eq ${quoted(PARTITION)} and (${any})`;
}

function rowOf(letter: DeadLetter): Row {
  const { id, state, redrives, because, firstAt, lastAt, dueAt, message } = letter;
  const { queue, id: messageId, sessionId } = message;
  const keys = { partitionKey: PARTITION, rowKey: keyPart(id), schemaVersion: SCHEMA_VERSION };
  const columns = { queue, messageId, sessionId, state, redrives, because, firstAt, lastAt, dueAt };
  return { ...keys, ...packed(letter), ...plain(columns) };
}

function storedOf(row: StoredRow): StoredDeadLetter {
  return { letter: unpacked(row, isLetter), etag: row.etag };
}

function isLetter(value: unknown): value is DeadLetter {
  return letterSchema.safeParse(value).success;
}

function isKey(text: string): boolean {
  return text !== '' && text === keyPart(text);
}
