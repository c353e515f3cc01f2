// Every message of one queue by its number, whatever state it is in, and the journal told of each change that outlives the process.
import type { Change, Journal } from './journal.ts';
import { type Counts, type KeptMessage, restored, type StoredMessage } from './stored-message.ts';

export class MessageBook {
  readonly #queue: string;
  readonly #journal: Journal;
  readonly #messages = new Map<number, StoredMessage>();

  constructor(queue: string, journal: Journal) {
    this.#queue = queue;
    this.#journal = journal;
  }

  find(sequenceNumber: number): StoredMessage | undefined {
    return this.#messages.get(sequenceNumber);
  }

  all(): Iterable<StoredMessage> {
    return this.#messages.values();
  }

  /** A new message, or one whose content has changed. */
  put(message: StoredMessage): void {
    this.#messages.set(message.sequenceNumber, message);
    this.#journal.note({ kind: 'message', queue: this.#queue, message });
  }

  /** Its state or its delivery count has changed. */
  noteStanding(message: StoredMessage): void {
    this.#journal.note({ kind: 'standing', queue: this.#queue, message });
  }

  remove({ sequenceNumber }: StoredMessage): void {
    this.#messages.delete(sequenceNumber);
    this.#journal.note({ kind: 'gone', queue: this.#queue, sequenceNumber });
  }

  /** Returns what was kept, in the order in which it is to be offered. */
  restore(kept: ReadonlyMap<number, KeptMessage>): StoredMessage[] {
    const messages = restored(kept);
    for (const message of messages) this.#messages.set(message.sequenceNumber, message);
    return messages;
  }

  *changes(): Iterable<Change> {
    for (const message of this.#messages.values()) yield { kind: 'message', queue: this.#queue, message };
  }

  /** In the order of their numbers, locked or not. */
  peek(fromSequenceNumber: number, most: number, sessionId?: string): StoredMessage[] {
    return [...this.#messages.values()]
      .filter((message) => message.sequenceNumber >= fromSequenceNumber)
      .filter((message) => sessionId === undefined || message.envelope.sessionId === sessionId)
      .sort((one, other) => one.sequenceNumber - other.sequenceNumber)
      .slice(0, most);
  }

  counts(): Omit<Counts, 'deadLettered'> {
    const counts = { active: 0, scheduled: 0, deferred: 0 };
    for (const { state } of this.#messages.values()) counts[state]++;
    return counts;
  }
}
