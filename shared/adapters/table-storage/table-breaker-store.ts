// BreakerStore over Table Storage: one row per breaker, by class or by subject, guarded by its version.
import * as z from 'zod';
import type { Breaker } from '../../domain/breakers/breaker.ts';
import { closedBreaker } from '../../domain/breakers/breaker.ts';
import { breakerSchema } from '../../domain/breakers/stored-breaker.ts';
import { Conflict } from '../../domain/errors.ts';
import type { BreakerKind, BreakerStore, StoredBreaker } from '../../ports/gate-store.ts';
import { keyPart, packed, plain, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const payloadSchema = z.object({ kind: z.enum(['class', 'subject']), key: z.string(), breaker: breakerSchema });
type Payload = z.infer<typeof payloadSchema>;

export class TableBreakerStore implements BreakerStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async get(kind: BreakerKind, key: string): Promise<StoredBreaker> {
    const row = await this.#tables.get('breakers', kind, keyPart(key));
    return row ? storedOf(row) : { kind, key, breaker: closedBreaker, etag: undefined };
  }

  async set(basis: StoredBreaker, breaker: Breaker): Promise<StoredBreaker> {
    const { kind, key, etag } = basis;
    const row = rowOf({ kind, key, breaker });
    const result = await (etag === undefined
      ? this.#tables.insert('breakers', row)
      : this.#tables.replace('breakers', row, etag));
    if (result.written) return { kind, key, breaker, etag: result.etag };
    throw new Conflict('written-meanwhile', `the breaker of ${key} was changed by somebody else meanwhile`);
  }

  async list(): Promise<readonly StoredBreaker[]> {
    const breakers: StoredBreaker[] = [];
    for await (const row of this.#tables.rows('breakers', "PartitionKey ge 'class'")) breakers.push(storedOf(row));
    return breakers;
  }

  async remove({ kind, key, etag }: StoredBreaker): Promise<void> {
    if (etag === undefined) return;
    if (await this.#tables.removeVersion('breakers', { partitionKey: kind, rowKey: keyPart(key), etag })) return;
    throw new Conflict('written-meanwhile', `the breaker of ${key} was changed by somebody else meanwhile`);
  }
}

function rowOf({ kind, key, breaker }: Payload): Row {
  const keys = { partitionKey: kind, rowKey: keyPart(key), schemaVersion: SCHEMA_VERSION };
  return { ...keys, ...packed({ kind, key, breaker }), ...plain({ key, state: breaker.state }) };
}

function storedOf(row: StoredRow): StoredBreaker {
  return { ...unpacked(row, isPayload), etag: row.etag };
}

function isPayload(value: unknown): value is Payload {
  return payloadSchema.safeParse(value).success;
}
