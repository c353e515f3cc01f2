// Writes an incident's rows in all lists, and the count of its minute, in one transaction under the version of its row in the list
// of all and of the count: whatever crashes, is repeated or comes late, the counts are those of the rows.
// Rule kept here: within a process one transaction at a time serves all who wait, so that a storm does not fight over one count.
import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { addedUp, type Tally, tallyOf } from '../../domain/incidents/tally.ts';
import {
  changeOfTally,
  copies,
  copyKeys,
  LIST,
  listedIn,
  mainRow,
  minuteKey,
  minuteRow,
  place,
  summaryOf,
  talliesIn,
} from './incident-list-rows.ts';
import type { Row, StoredRow } from './row.ts';
import type { Action, Tables } from './tables.ts';

/** Five rows, three that it leaves and a count are nine at most, and a transaction holds 100 rows. */
const MOST_AT_ONCE = 11;
/** How long other processes may keep winning before a caller is sent away. */
const CONTENTION_LIMIT_MS = 10_000;
const PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 400;

type Written = 'written' | 'newer';

/** Without an incident: it is to be in no list any more. */
interface Order extends Pick<Incident, 'id' | 'openedAt'> {
  readonly incident?: Incident;
}

interface Waiter {
  readonly order: Order;
  resolve(written: Written): void;
  reject(error: unknown): void;
}

/** One incident of a transaction: what stands there, and what shall. */
interface Move {
  readonly order: Order;
  readonly row: Row | undefined;
  readonly current: StoredRow | undefined;
}

export class IncidentListWriter {
  readonly #tables: Tables;
  readonly #waiting: Waiter[] = [];
  #isServing = false;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** `newer`: a newer version stands there, and stays. */
  write(incident: Incident): Promise<Written> {
    return this.#wait({ id: incident.id, openedAt: incident.openedAt, incident });
  }

  /** Takes an incident out of all lists and counts. Missing is fine. */
  async forget({ id, openedAt }: Pick<Incident, 'id' | 'openedAt'>): Promise<void> {
    await this.#wait({ id, openedAt });
    const minute = await this.#tables.get('index', LIST, minuteKey(openedAt));
    // A transaction cannot delete under a version: somebody may be counting in this minute.
    if (minute && talliesIn(minute).length === 0) await this.#tables.removeVersion('index', minute);
  }

  #wait(order: Order): Promise<Written> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ order, resolve, reject });
      if (!this.#isServing) void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    while (this.#waiting.length > 0) await this.#serveSome(this.#someWaiting());
    this.#isServing = false;
  }

  /** No incident twice: a transaction takes one change of a row. */
  #someWaiting(): Waiter[] {
    const some = new Map<string, Waiter>();
    for (const waiter of this.#waiting) {
      if (some.size < MOST_AT_ONCE && !some.has(waiter.order.id)) some.set(waiter.order.id, waiter);
    }
    const taken = [...some.values()];
    this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((waiter) => !taken.includes(waiter)));
    return taken;
  }

  async #serveSome(waiters: readonly Waiter[]): Promise<void> {
    try {
      const newer = await this.#writeAll(waiters.map(({ order }) => order));
      for (const { order, resolve } of waiters) resolve(newer.has(order.id) ? 'newer' : 'written');
    } catch (error) {
      await this.#sendAway(waiters, error);
    }
  }

  async #sendAway(waiters: readonly Waiter[], error: unknown): Promise<void> {
    if (error instanceof Unavailable) {
      // Whoever waits behind them would only wait for the same.
      for (const { reject } of [...waiters, ...this.#waiting.splice(0)]) reject(error);
      return;
    }
    const [only, ...others] = waiters;
    if (only && others.length === 0) only.reject(error);
    // One that cannot be written must not keep the others from it.
    else for (const waiter of waiters) await this.#serveSome([waiter]);
  }

  /** The ids of those of which a newer version was there. */
  async #writeAll(orders: readonly Order[]): Promise<ReadonlySet<string>> {
    const until = performance.now() + CONTENTION_LIMIT_MS;
    for (let pause = PAUSE_MS, isFirst = true; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS), isFirst = false) {
      const found = await Promise.all(orders.map((order) => this.#found(order)));
      const moves = found.filter(isDue);
      const left = moves.flatMap(leftBehind);
      const actions = [
        ...moves.flatMap(moved),
        ...(await this.#counted(moves)),
        // That they are there is certain only if nobody has lost them.
        ...(isFirst ? left : await this.#existing(left)).map(deletion),
      ];
      if (moves.length === 0 || (await this.#tables.transact('index', actions)).done) {
        return new Set(found.filter((each) => !moves.includes(each)).map(({ order }) => order.id));
      }
      if (performance.now() > until) throw new Unavailable('store-unavailable', 'the list of incidents is contended');
      await sleep(Math.random() * pause);
    }
  }

  async #found(order: Order): Promise<Move> {
    const row = order.incident && mainRow(order.incident);
    return { order, row, current: await this.#tables.get('index', LIST, place(order)) };
  }

  /** The counts of the minutes that these moves change. */
  #counted(moves: readonly Move[]): Promise<Action[]> {
    const changes = new Map<string, readonly Tally[]>();
    for (const { order, current } of moves) {
      const change = changeOfTally(listedIn(current).tally, order.incident && tallyOf(order.incident));
      const key = minuteKey(order.openedAt);
      if (change.length > 0) changes.set(key, [...(changes.get(key) ?? []), ...change]);
    }
    return Promise.all(
      [...changes].map(async ([key, change]) => {
        const current = await this.#tables.get('index', LIST, key);
        return written(minuteRow(key, addedUp([...talliesIn(current), ...change])), current);
      }),
    );
  }

  async #existing(rowKeys: readonly string[]): Promise<readonly string[]> {
    const rows = await Promise.all(rowKeys.map((rowKey) => this.#tables.get('index', LIST, rowKey)));
    return rows.flatMap((row) => (row ? [row.rowKey] : []));
  }
}

/** By the timeline, and between two events by the count of reports. */
export function isNewer({ columns }: StoredRow, row: Row): boolean {
  const [seq, other] = [Number(columns.seq), Number(row.seq)];
  if (seq !== other) return seq > other;
  return Number(columns.signalCount ?? 0) > Number(row.signalCount ?? 0);
}

function isDue({ row, current }: Move): boolean {
  if (!current) return row !== undefined;
  return row === undefined || !isNewer(current, row);
}

function moved({ order, row, current }: Move): Action[] {
  if (!row || !order.incident) return [deletion(place(order))];
  return [written(row, current), ...copies(order.incident).map((copy): Action => ({ kind: 'upsert', row: copy }))];
}

/** The rows in lists that the incident is no longer in. */
function leftBehind({ order, current }: Move): string[] {
  const staying = new Set(order.incident ? copyKeys(summaryOf(order.incident)) : []);
  return listedIn(current).keys.filter((key) => !staying.has(key));
}

function written(row: Row, current: StoredRow | undefined): Action {
  return current ? { kind: 'replace', row, etag: current.etag } : { kind: 'create', row };
}

function deletion(rowKey: string): Action {
  return { kind: 'delete', partitionKey: LIST, rowKey };
}
