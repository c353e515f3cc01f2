// BudgetStore over Table Storage: one row per budget, guarded by its version, starting anew with each window.
import { Unavailable } from '../../domain/errors.ts';
import { type Asking, noTurns, type Served, served, type Turns, taken } from '../../domain/playbooks/turns.ts';
import type { BudgetStore } from '../../ports/gate-store.ts';
import { keyPart, type Row, SCHEMA_VERSION, type StoredRow } from './row.ts';
import type { Tables } from './tables.ts';

const PARTITION = 'budget';
const TRIES = 50;

/** What a budget becomes, and what is answered; the same again means that nothing is written. */
interface Change<Answer> {
  readonly turns: Turns;
  readonly answer: Answer;
}

export class TableBudgetStore implements BudgetStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async take(budget: string, window: string, wanted: number, limit: number): Promise<number> {
    return await this.#change(budget, (kept) => {
      const { turns, granted: answer } = taken(kept, { window, wanted, limit });
      return { turns, answer };
    });
  }

  async serve(budget: string, asking: Asking): Promise<Served> {
    return await this.#change(budget, (kept) => {
      const answer = served(kept, asking);
      const isNothing = answer.holders + answer.newcomers + answer.turnsMs.length === 0;
      return { turns: isNothing ? kept : answer.turns, answer };
    });
  }

  async #change<Answer>(budget: string, decide: (kept: Turns) => Change<Answer>): Promise<Answer> {
    let current = await this.#tables.get('settings', PARTITION, keyPart(budget));
    for (let tries = 0; tries < TRIES; tries += 1) {
      const kept = turnsIn(current);
      const { turns, answer } = decide(kept);
      if (turns === kept) return answer;
      const row = rowOf(budget, turns);
      const result = await (current
        ? this.#tables.replace('settings', row, current.etag)
        : this.#tables.insert('settings', row));
      if (result.written) return answer;
      current = result.current;
    }
    throw new Unavailable('store-unavailable', `the budget ${budget} is contended`);
  }
}

function turnsIn(row: StoredRow | undefined): Turns {
  if (!row) return noTurns;
  const { window, used, lastTurnMs } = row.columns;
  return { window: String(window), used: Number(used), lastTurnMs: Number(lastTurnMs ?? 0) };
}

function rowOf(budget: string, { window, used, lastTurnMs }: Turns): Row {
  const keys = { partitionKey: PARTITION, rowKey: keyPart(budget), schemaVersion: SCHEMA_VERSION };
  // Milliseconds of a date are more than the service's Int32, which a number becomes by default where it is whole.
  return { ...keys, budget, window, used, lastTurnMs: String(lastTurnMs) };
}
