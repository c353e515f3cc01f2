// What came out of a dead-letter queue: one record per message, kept from its arrival on, so that nothing depends on the queue any more.
import type { DeadLetterState } from '../domain/dead-letters/query.ts';
import type { BusMessage } from './bus.ts';

export interface DeadLetter {
  readonly schemaVersion: 1;
  /** The same for every arrival of the same message of a queue. */
  readonly id: string;
  /** As it will be sent again. */
  readonly message: BusMessage;
  readonly state: DeadLetterState;
  /** Why it was dead-lettered, or given up, last. */
  readonly because: string;
  /** How often Lakewarden has sent it again by itself: bounded. */
  readonly redrives: number;
  /** The broker's number of the newest arrival: an arrival that is delivered twice is one. */
  readonly arrival: string;
  readonly firstAt: string;
  readonly lastAt: string;
  /** When it may be sent again; only while it waits. */
  readonly dueAt?: string;
  /** How often it was sent again by hand, and by whom last. */
  readonly replays: number;
  readonly replayedBy?: string;
}

export interface StoredDeadLetter {
  readonly letter: DeadLetter;
  readonly etag: string;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /** Opaque; absent on the last page. */
  readonly continuation?: string;
}

export interface DeadLetterStore {
  get(id: string): Promise<StoredDeadLetter | undefined>;
  /** `basis` is what was read (undefined: there was none). Throws `Conflict` when somebody was faster. */
  put(letter: DeadLetter, basis: StoredDeadLetter | undefined): Promise<StoredDeadLetter>;
  /** In the order of ids, those in one of these states. */
  list(states: readonly DeadLetterState[], pageSize: number, continuation?: string): Promise<DeadLetterPage>;
  /** All of them that are in one of these states, page by page. */
  all(states: readonly DeadLetterState[]): AsyncIterable<StoredDeadLetter>;
  /** Throws `Conflict` when it was changed since it was read. Missing is fine. */
  remove(stored: StoredDeadLetter): Promise<void>;
}
