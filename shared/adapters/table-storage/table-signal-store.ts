// SignalStore over Table Storage: one row per signal, the last word wins.
import { type SignalOutcome, signalOutcomeSchema } from '../../domain/signals/outcome.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import { keyPart, packed, plain, SCHEMA_VERSION, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const ROW_KEY = 'signal';

export class TableSignalStore implements SignalStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async record(outcome: SignalOutcome): Promise<void> {
    const { signalId, decidedAt, subject, ticketId, errorType, ended } = outcome;
    const keys = { partitionKey: keyPart(signalId), rowKey: ROW_KEY, schemaVersion: SCHEMA_VERSION };
    const columns = plain({ signalId, decidedAt, subject, ticketId, errorType, ended });
    await this.#tables.upsert('signals', { ...keys, ...packed(outcome), ...columns });
  }

  async get(signalId: string): Promise<SignalOutcome | undefined> {
    const row = await this.#tables.get('signals', keyPart(signalId), ROW_KEY);
    return row && unpacked(row, isOutcome);
  }
}

function isOutcome(value: unknown): value is SignalOutcome {
  return signalOutcomeSchema.safeParse(value).success;
}
