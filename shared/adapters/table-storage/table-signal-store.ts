// SignalStore over Table Storage: one row per signal.
import { type SignalOutcome, signalOutcomeSchema } from '../../domain/signals/outcome.ts';
import type { OldOutcome, SignalStore } from '../../ports/signal-store.ts';
import { keyPart, packed, plain, quoted, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const ROW_KEY = 'signal';

export class TableSignalStore implements SignalStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async record(outcome: SignalOutcome): Promise<void> {
    await this.#tables.upsert('signals', rowOf(outcome));
  }

  async recordOnce(outcome: SignalOutcome): Promise<SignalOutcome> {
    const row = rowOf(outcome);
    let write = await this.#tables.insert('signals', row);
    while (!write.written) {
      const standing = write.current && unpacked(write.current, isOutcome);
      if (standing && standing.ended !== 'quarantined') return standing;
      write = write.current
        ? await this.#tables.replace('signals', row, write.current.etag)
        : await this.#tables.insert('signals', row);
    }
    return outcome;
  }

  async get(signalId: string): Promise<SignalOutcome | undefined> {
    const row = await this.#tables.get('signals', keyPart(signalId), ROW_KEY);
    return row && unpacked(row, isOutcome);
  }

  async *decidedBefore(instant: string, from: number): AsyncGenerator<readonly OldOutcome[]> {
    const start = startingAt(from);
    for (const part of [`PartitionKey ge ${quoted(start)}`, `PartitionKey lt ${quoted(start)}`]) {
      const pages = this.#tables.scan('signals', `${part} and decidedAt lt ${quoted(instant)}`);
      for await (const page of pages) yield page.map(oldOutcome);
    }
  }

  async remove({ signalId, version }: OldOutcome): Promise<void> {
    await this.#tables.removeVersion('signals', { partitionKey: keyPart(signalId), rowKey: ROW_KEY, etag: version });
  }
}

function rowOf(outcome: SignalOutcome): Row {
  const { signalId, decidedAt, subject, ticketId, errorType, ended } = outcome;
  const keys = { partitionKey: keyPart(signalId), rowKey: ROW_KEY, schemaVersion: SCHEMA_VERSION };
  const columns = plain({ signalId, decidedAt, subject, ticketId, errorType, ended });
  return { ...keys, ...packed(outcome), ...columns };
}

function oldOutcome({ columns, etag }: StoredRow): OldOutcome {
  return { signalId: String(columns.signalId), version: etag };
}

/** Ids of signals are `sig-` and hex digits, evenly spread. */
function startingAt(from: number): string {
  return `sig-${Math.floor(Math.min(Math.max(from, 0), 0.9999) * 0x10000)
    .toString(16)
    .padStart(4, '0')}`;
}

function isOutcome(value: unknown): value is SignalOutcome {
  return signalOutcomeSchema.safeParse(value).success;
}
