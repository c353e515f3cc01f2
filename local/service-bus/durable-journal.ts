// The broker's log: every accepted send, settlement, dead letter, schedule, cancellation, session state and delivery count, on disk
// before the client has its answer. Locks are not kept: after a recovery whoever held a message holds it no more.
import { join } from 'node:path';
import { holdFolder } from '../durable/folder-lock.ts';
import { openRecordLog, type RecordLog } from '../durable/record-log.ts';
import { type KeptQueue, stateOf, written } from './durable-state.ts';
import type { Change, Journal } from './journal.ts';

/** The log is rewritten as what it comes to once it is this large and twice as large as after the last time. */
const REWRITE_FROM_BYTES = 16 * 1024 * 1024;
/** Changes that a rewritten log holds in one record. */
const CHANGES_PER_RECORD = 100;

export interface DurableOptions {
  /** A folder for the broker alone. */
  readonly dir: string;
  readonly rewriteFromBytes?: number;
  /** The log cannot be written to, e.g. a full disk. Nothing more is accepted: whoever gets this ends the process. */
  readonly onBroken?: (error: unknown) => void;
}

export interface Recovered {
  readonly journal: DurableJournal;
  readonly state: ReadonlyMap<string, KeptQueue>;
}

export class DurableJournal implements Journal {
  readonly #log: RecordLog;
  readonly #letGo: () => void;
  readonly #options: DurableOptions;
  #everything: () => Iterable<Change> = () => [];
  #rewriteAtBytes: number;
  #depth = 0;
  #noted: unknown[] = [];
  #broken: { readonly error: unknown } | undefined;

  /** Waits for a predecessor that is still ending. Rejects with words for a person. */
  static async open(options: DurableOptions): Promise<Recovered> {
    const letGo = await holdFolder(options.dir);
    try {
      const { log, records } = openRecordLog(join(options.dir, 'broker.log'));
      return { journal: new DurableJournal(log, letGo, options), state: stateOf(records) };
    } catch (error) {
      letGo();
      throw error;
    }
  }

  private constructor(log: RecordLog, letGo: () => void, options: DurableOptions) {
    this.#log = log;
    this.#letGo = letGo;
    this.#options = options;
    this.#rewriteAtBytes = options.rewriteFromBytes ?? REWRITE_FROM_BYTES;
  }

  /** Where a rewriting finds the present state. */
  rewriteFrom(everything: () => Iterable<Change>): void {
    this.#everything = everything;
  }

  note(change: Change): void {
    this.#noted.push(written(change));
  }

  step<T>(run: () => T): T {
    if (this.#broken) throw this.#broken.error;
    this.#depth++;
    try {
      return run();
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#keep();
    }
  }

  close(): void {
    this.#log.close();
    this.#letGo();
  }

  #keep(): void {
    if (this.#noted.length === 0) return;
    const noted = this.#noted;
    this.#noted = [];
    try {
      this.#log.append(noted);
      if (this.#log.bytes >= this.#rewriteAtBytes) this.#rewrite();
    } catch (error) {
      // The queues have changed already and the log has not: from here on they would promise what a restart does not keep.
      this.#broken = { error };
      this.#options.onBroken?.(error);
      throw error;
    }
  }

  #rewrite(): void {
    this.#log.rewrite(inRecords(this.#everything()));
    this.#rewriteAtBytes = Math.max(this.#options.rewriteFromBytes ?? REWRITE_FROM_BYTES, 2 * this.#log.bytes);
  }
}

function* inRecords(changes: Iterable<Change>): Iterable<unknown> {
  let record: unknown[] = [];
  for (const change of changes) {
    record.push(written(change));
    if (record.length < CHANGES_PER_RECORD) continue;
    yield record;
    record = [];
  }
  if (record.length > 0) yield record;
}
