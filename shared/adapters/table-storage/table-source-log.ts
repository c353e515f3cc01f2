// SourceLog over Table Storage: one row per source in `settings`, each of its facts merged in by its version.
import * as z from 'zod';
import {
  failedAt,
  HEARD_EVERY_MS,
  heardAt,
  type Missed,
  missedAt,
  readAt,
  type SourceState,
} from '../../domain/own-health/source-state.ts';
import type { SourceLog } from '../../ports/source-log.ts';
import { keyPart, packed, quoted, SCHEMA_VERSION, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const TABLE = 'settings';
const PARTITION = 'source';
const TRIES = 5;

const stateSchema = z.object({
  source: z.string(),
  lastHeardAt: z.string().optional(),
  lastReadAt: z.string().optional(),
  lastFailedAt: z.string().optional(),
  lastFailure: z.string().optional(),
  failingSince: z.string().optional(),
  missed: z.number(),
  lastMissedAt: z.string().optional(),
  missedOf: z.string().optional(),
});

export class TableSourceLog implements SourceLog {
  readonly #tables: Tables;
  readonly #heard = new Map<string, number>();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async heard(source: string, at: Date): Promise<void> {
    const last = this.#heard.get(source);
    if (last !== undefined && Math.abs(at.getTime() - last) < HEARD_EVERY_MS) return;
    this.#heard.set(source, at.getTime());
    await this.#change(source, (state) => heardAt(state, at));
  }

  async read(source: string, at: Date): Promise<void> {
    await this.#change(source, (state) => readAt(state, at));
  }

  async failed(source: string, at: Date, because: string): Promise<void> {
    await this.#change(source, (state) => failedAt(state, at, because));
  }

  async missed(source: string, at: Date, missed: Missed): Promise<void> {
    await this.#change(source, (state) => missedAt(state, at, missed));
  }

  async all(): Promise<readonly SourceState[]> {
    const states: SourceState[] = [];
    for await (const row of this.#tables.rows(TABLE, `PartitionKey eq ${quoted(PARTITION)}`)) {
      states.push(unpacked(row, isState));
    }
    return states;
  }

  /** What loses the race five times is lost: the next note says as much. */
  async #change(source: string, change: (state: SourceState) => SourceState): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const known = await this.#tables.get(TABLE, PARTITION, keyPart(source));
      const next = change(known ? unpacked(known, isState) : { source, missed: 0 });
      const keys = { partitionKey: PARTITION, rowKey: keyPart(source), schemaVersion: SCHEMA_VERSION };
      const row = { ...keys, ...packed(next) };
      const write = await (known ? this.#tables.replace(TABLE, row, known.etag) : this.#tables.insert(TABLE, row));
      if (write.written) return;
    }
  }
}

function isState(value: unknown): value is SourceState {
  return stateSchema.safeParse(value).success;
}
