// How a message gets into a queue: at once, at its scheduled time, or again after a restart; and when it is over, if it has a time to live.
import type { Clock } from './clock.ts';
import { DuplicateFilter } from './duplicates.ts';
import type { KeptQueue } from './durable-state.ts';
import type { Change, Journal } from './journal.ts';
import type { Envelope } from './message.ts';
import type { MessageBook } from './message-book.ts';
import type { QueueSettings } from './queue-settings.ts';
import { newMessage, type StoredMessage } from './stored-message.ts';

export interface ArrivalsParts {
  readonly path: string;
  readonly settings: QueueSettings;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly messages: MessageBook;
  readonly nextSequenceNumber: () => number;
  /** The message can be received. */
  readonly offer: (message: StoredMessage) => void;
  /** Its time to live is over. */
  readonly expired: (message: StoredMessage) => void;
}

export class Arrivals {
  readonly #parts: ArrivalsParts;
  readonly #duplicates: DuplicateFilter | undefined;

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
    const { requiresDuplicateDetection, duplicateDetectionWindowSeconds } = parts.settings;
    if (requiresDuplicateDetection) this.#duplicates = new DuplicateFilter(duplicateDetectionWindowSeconds * 1_000);
  }

  /** Returns the sequence number, also of a duplicate that is dropped. */
  store(envelope: Envelope): number {
    const nowMs = this.#parts.clock.now();
    if (this.#isDuplicate(envelope, nowMs)) return this.#parts.nextSequenceNumber();
    const { scheduledForMs } = envelope;
    if (scheduledForMs === undefined || scheduledForMs <= nowMs) return this.#activate(envelope).sequenceNumber;
    const message = this.#add(envelope, 'scheduled', Number.POSITIVE_INFINITY);
    this.#wait(message);
    return message.sequenceNumber;
  }

  restore({ seen, messages }: KeptQueue): void {
    this.#duplicates?.restore(seen);
    for (const message of this.#parts.messages.restore(messages)) {
      if (message.state === 'scheduled') this.#wait(message);
      else if (message.state === 'active') this.#begin(message);
    }
  }

  /** What duplicate detection remembers. */
  *changes(): Iterable<Change> {
    for (const [messageId, forgetAtMs] of this.#duplicates?.remembered ?? [])
      yield { kind: 'seen', queue: this.#parts.path, messageId, forgetAtMs };
  }

  #isDuplicate({ messageId }: Envelope, nowMs: number): boolean {
    if (!this.#duplicates) return false;
    if (this.#duplicates.hasSeen(messageId, nowMs)) return true;
    const forgetAtMs = this.#duplicates.remembered.get(messageId) ?? nowMs;
    this.#parts.journal.note({ kind: 'seen', queue: this.#parts.path, messageId, forgetAtMs });
    return false;
  }

  /** For the time a scheduled message is due: it becomes another one, with a number of its own. */
  #wait(message: StoredMessage): void {
    const { clock, journal, messages } = this.#parts;
    const { envelope } = message;
    const becomeActive = () => {
      messages.remove(message);
      this.#activate(envelope);
    };
    message.cancelTimer = clock.schedule(envelope.scheduledForMs ?? 0, () => journal.step(becomeActive));
  }

  #activate(envelope: Envelope): StoredMessage {
    const lifeMs = Math.min(
      envelope.timeToLiveMs ?? Number.POSITIVE_INFINITY,
      this.#parts.settings.defaultMessageTimeToLiveSeconds * 1_000,
    );
    const message = this.#add(envelope, 'active', lifeMs);
    this.#begin(message);
    return message;
  }

  #begin(message: StoredMessage): void {
    const { clock, journal, offer, expired } = this.#parts;
    if (Number.isFinite(message.expiresAtMs)) {
      message.cancelTimer = clock.schedule(message.expiresAtMs, () => journal.step(() => expired(message)));
    }
    offer(message);
  }

  #add(envelope: Envelope, state: 'active' | 'scheduled', lifeMs: number): StoredMessage {
    const { clock, messages, nextSequenceNumber } = this.#parts;
    const message = newMessage(envelope, state, { number: nextSequenceNumber(), nowMs: clock.now(), lifeMs });
    messages.put(message);
    return message;
  }
}
