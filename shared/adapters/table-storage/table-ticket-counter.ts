// TicketCounter over Table Storage: one row per day, raised under its ETag.
// Rule kept here: within a process one update at a time serves everybody who waits, so that a storm costs few writes.
import { Broken, Unavailable } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TicketCounter } from '../../ports/incident-store.ts';
import { quoted, SCHEMA_VERSION } from './row.ts';
import type { Tables } from './tables.ts';

const PARTITION = 'ticket';
/** How long other processes may keep winning before a caller is sent away. */
const CONTENTION_LIMIT_MS = 10_000;
const PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 400;

interface Waiter {
  resolve(number: number): void;
  reject(error: unknown): void;
}

/** The newest number that this process knows of, and its row's version (none: the row has to be made). */
interface Known {
  readonly number: number;
  readonly etag: string | undefined;
}

export class TableTicketCounter implements TicketCounter {
  readonly #tables: Tables;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #waiting = new Map<string, Waiter[]>();
  #known: { readonly day: string; readonly at: Known } | undefined;

  constructor(tables: Tables, clock: Clock, random: () => number = Math.random) {
    this.#tables = tables;
    this.#clock = clock;
    this.#random = random;
  }

  next(day: string): Promise<number> {
    if (!/^\d{8}$/.test(day)) throw new Broken('broken', `not a day: ${day}`);
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting.get(day);
      if (waiters) {
        waiters.push({ resolve, reject });
        return;
      }
      this.#waiting.set(day, [{ resolve, reject }]);
      void this.#serve(day);
    });
  }

  async forgetBefore(day: string): Promise<void> {
    const days = `PartitionKey eq ${quoted(PARTITION)} and RowKey lt ${quoted(day)}`;
    for await (const { rowKey } of this.#tables.rows('settings', days)) {
      await this.#tables.remove('settings', PARTITION, rowKey);
    }
  }

  /** Takes a block for all who wait; who comes meanwhile is in the next block. */
  async #serve(day: string): Promise<void> {
    for (let block = this.#block(day); block.length > 0; block = this.#block(day)) {
      try {
        const first = await this.#take(day, block.length);
        for (const [place, waiter] of block.entries()) waiter.resolve(first + place);
      } catch (error) {
        for (const waiter of block) waiter.reject(error);
      }
    }
    this.#waiting.delete(day);
  }

  #block(day: string): Waiter[] {
    return this.#waiting.get(day)?.splice(0) ?? [];
  }

  /** The first of `count` numbers that are ours. */
  async #take(day: string, count: number): Promise<number> {
    const until = this.#clock.now().getTime() + CONTENTION_LIMIT_MS;
    let known = this.#known?.day === day ? this.#known.at : await this.#read(day);
    for (let pause = PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const row = { partitionKey: PARTITION, rowKey: day, schemaVersion: SCHEMA_VERSION, number: known.number + count };
      const result = await this.#write(row, known.etag);
      if (result.written) {
        this.#known = { day, at: { number: row.number, etag: result.etag } };
        return known.number + 1;
      }
      // Should the row be gone, what this process has given out stays given out.
      known = { number: Math.max(known.number, numberOf(result.current)), etag: result.current?.etag };
      if (this.#clock.now().getTime() > until)
        throw new Unavailable('store-unavailable', 'the ticket counter is contended');
      await this.#clock.sleep(this.#random() * pause);
    }
  }

  async #read(day: string): Promise<Known> {
    const row = await this.#tables.get('settings', PARTITION, day);
    return { number: numberOf(row), etag: row?.etag };
  }

  #write(row: Parameters<Tables['insert']>[1], etag: string | undefined) {
    return etag === undefined ? this.#tables.insert('settings', row) : this.#tables.replace('settings', row, etag);
  }
}

function numberOf(row: { readonly columns: Readonly<Record<string, unknown>> } | undefined): number {
  if (!row) return 0;
  const { number } = row.columns;
  if (typeof number === 'number') return number;
  throw new Broken('broken', 'the ticket counter holds no number');
}
