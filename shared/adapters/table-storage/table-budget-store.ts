// BudgetStore over Table Storage: one row per budget, guarded by its version, starting anew with each window.
import { Unavailable } from '../../domain/errors.ts';
import type { BudgetStore } from '../../ports/gate-store.ts';
import { keyPart, type Row, SCHEMA_VERSION, type StoredRow } from './row.ts';
import type { Tables } from './tables.ts';

const PARTITION = 'budget';
const TRIES = 50;

export class TableBudgetStore implements BudgetStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async take(budget: string, window: string, wanted: number, limit: number): Promise<number> {
    let current = await this.#tables.get('settings', PARTITION, keyPart(budget));
    for (let tries = 0; tries < TRIES; tries += 1) {
      const used = usedIn(current, window);
      const granted = Math.max(0, Math.min(wanted, limit - used));
      if (granted === 0) return 0;
      const row = rowOf(budget, window, used + granted);
      const result = await (current
        ? this.#tables.replace('settings', row, current.etag)
        : this.#tables.insert('settings', row));
      if (result.written) return granted;
      current = result.current;
    }
    throw new Unavailable('store-unavailable', `the budget ${budget} is contended`);
  }
}

function usedIn(row: StoredRow | undefined, window: string): number {
  return row?.columns.window === window ? Number(row.columns.used) : 0;
}

function rowOf(budget: string, window: string, used: number): Row {
  return { partitionKey: PARTITION, rowKey: keyPart(budget), schemaVersion: SCHEMA_VERSION, budget, window, used };
}
