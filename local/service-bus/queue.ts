// One queue as Service Bus keeps it: what is active, locked, deferred, scheduled, dead. It knows time only through the clock and
// nothing of AMQP; what outlives the process it tells its journal, one step an operation.
import { Arrivals } from './arrivals.ts';
import type { Clock } from './clock.ts';
import type { KeptQueue } from './durable-state.ts';
import { type Change, type Journal, noJournal } from './journal.ts';
import { Lanes, ONLY_LANE } from './lanes.ts';
import { LostLocks } from './lost-locks.ts';
import { type Envelope, withApplicationProperties } from './message.ts';
import { MessageBook } from './message-book.ts';
import { MessageLocks } from './message-locks.ts';
import type { QueueSettings } from './queue-settings.ts';
import { DEAD_LETTER_REASONS, refusals } from './refusals.ts';
import { type SessionEnd, Sessions } from './sessions.ts';
import type { Counts, Disposition, Properties, ReceiveMode, StoredMessage } from './stored-message.ts';

export interface QueueParts {
  readonly path: string;
  readonly settings: QueueSettings;
  readonly clock: Clock;
  readonly lockMs: number;
  /** Shared by a queue and its dead letters: a number names one message in both. */
  readonly nextSequenceNumber: () => number;
  /** Absent for a dead-letter queue. */
  readonly deadLetters?: Queue;
  /** Default: nothing is kept beyond this process. */
  readonly journal?: Journal;
  /** Every message loses the lock of its first delivery. */
  readonly losesFirstLocks?: boolean;
}

export class Queue {
  readonly path: string;
  readonly settings: QueueSettings;
  readonly deadLetters: Queue | undefined;
  readonly sessions: Sessions | undefined;
  readonly #clock: Clock;
  readonly #arrivals: Arrivals;
  readonly #messages: MessageBook;
  readonly #locks: MessageLocks;
  readonly #lanes: Lanes;
  readonly #journal: Journal;
  readonly #lostLocks: LostLocks | undefined;
  readonly #watchers: ((sessionId: string) => void)[] = [];

  constructor(parts: QueueParts) {
    this.path = parts.path;
    this.settings = parts.settings;
    this.deadLetters = parts.deadLetters;
    this.#clock = parts.clock;
    if (parts.settings.requiresSession) {
      this.sessions = new Sessions(parts.clock, parts.lockMs, {
        hasMessages: (id) => this.#lanes.hasMessages(id),
        ended: (id, how) => this.#journal.step(() => this.#sessionEnded(id, how)),
        stateSet: (id, state) => this.#noteAlone({ kind: 'session', queue: this.path, id, state }),
      });
    }
    this.#journal = parts.journal ?? noJournal;
    this.#messages = new MessageBook(this.path, this.#journal);
    this.#arrivals = new Arrivals({
      ...parts,
      journal: this.#journal,
      messages: this.#messages,
      offer: (message) => this.#offer(message),
      expired: (message) => this.#expireWaiting(message),
    });
    this.#lanes = new Lanes(parts.settings.requiresSession);
    if (parts.losesFirstLocks) this.#lostLocks = new LostLocks(parts.clock, (message) => this.#loseLock(message));
    const expired = (message: StoredMessage) => this.#journal.step(() => this.#giveBack(message, 'failed'));
    this.#locks = new MessageLocks({ clock: parts.clock, lockMs: parts.lockMs, sessions: this.sessions, expired });
  }

  /** Calls `watcher` whenever a message can be received, with its session ('' in a queue without sessions). */
  watch(watcher: (sessionId: string) => void): void {
    this.#watchers.push(watcher);
  }

  /** All or none: one message that is refused refuses the batch. Returns their sequence numbers. */
  send(envelopes: readonly Envelope[]): number[] {
    if (!this.deadLetters) throw refusals.sendToDeadLetters(this.path);
    if (this.sessions && envelopes.some(({ sessionId }) => !sessionId)) throw refusals.messageWithoutSession();
    return this.#journal.step(() => envelopes.map((envelope) => this.#arrivals.store(envelope)));
  }

  /** The next message to receive, locked (or gone already, in receive-and-delete mode). */
  take(mode: ReceiveMode, sessionId = ONLY_LANE): StoredMessage | undefined {
    return this.#journal.step(() => {
      for (let message = this.#lanes.shift(sessionId); message; message = this.#lanes.shift(sessionId)) {
        if (this.#isExpired(message)) this.#expire(message);
        else return this.#hand(message, mode);
      }
      return undefined;
    });
  }

  /** Deferred messages by number: all of them, or a refusal. */
  takeDeferred(sequenceNumbers: readonly number[], mode: ReceiveMode): StoredMessage[] {
    return this.#journal.step(() => this.#takeDeferred(sequenceNumbers, mode));
  }

  #takeDeferred(sequenceNumbers: readonly number[], mode: ReceiveMode): StoredMessage[] {
    const messages = sequenceNumbers.map((number) => this.#messages.find(number));
    for (const message of messages) {
      // An expired deferred message is noticed only now (message-deferral).
      if (message?.state === 'deferred' && !message.lock && this.#isExpired(message)) this.#expire(message);
    }
    return sequenceNumbers
      .map((number) => {
        const message = this.#messages.find(number);
        if (message?.state !== 'deferred' || message.lock) throw refusals.messageNotFound(number);
        return message;
      })
      .map((message) => this.#hand(message, mode));
  }

  settle(token: string, disposition: Disposition): void {
    const message = this.#locks.find(token);
    this.#lostLocks?.refuse(message);
    this.#journal.step(() => this.#settle(message, disposition));
  }

  #settle(message: StoredMessage, disposition: Disposition): void {
    switch (disposition.kind) {
      case 'complete':
        this.#remove(message);
        break;
      case 'abandon':
        this.#modify(message, disposition.changes);
        this.#giveBack(message, 'failed');
        break;
      case 'defer':
        this.#modify(message, disposition.changes);
        message.state = 'deferred';
        this.#locks.unlock(message);
        this.#messages.noteStanding(message);
        break;
      case 'deadLetter':
        this.#bury(message, disposition.reason, disposition.description, disposition.changes);
    }
  }

  #modify(message: StoredMessage, changes: Properties): void {
    const before = message.envelope;
    message.envelope = withApplicationProperties(before, changes);
    if (message.envelope !== before) this.#messages.put(message);
  }

  renewLock(token: string): number {
    return this.#locks.renew(token);
  }

  /** When the lock of a message ends; undefined while it is not locked. */
  lockedUntilMs(message: StoredMessage): number | undefined {
    return this.#locks.untilMs(message);
  }

  cancelScheduled(sequenceNumbers: readonly number[]): void {
    const messages = sequenceNumbers.map((number) => {
      const message = this.#messages.find(number);
      if (message?.state !== 'scheduled') throw refusals.messageNotFound(number);
      return message;
    });
    this.#journal.step(() => {
      for (const message of messages) this.#remove(message);
    });
  }

  /** Whatever is in the queue, locked or not, in the order of its numbers. */
  peek(fromSequenceNumber: number, most: number, sessionId?: string): StoredMessage[] {
    return this.#messages.peek(fromSequenceNumber, most, sessionId);
  }

  counts(): Counts {
    return { ...this.#messages.counts(), deadLettered: this.deadLetters?.counts().active ?? 0 };
  }

  /** Takes up what was kept, unlocked: nobody holds a message any more. For a queue that is still empty. */
  restore(kept: KeptQueue): void {
    const sessionless = [...kept.messages.values()].some(({ envelope }) => !envelope.sessionId);
    if (this.sessions && sessionless)
      throw new Error(`queue ${this.path} has sessions now, but messages kept for it have none`);
    this.sessions?.restore(kept.sessionStates);
    this.#arrivals.restore(kept);
  }

  /** Everything there is, as changes of an empty queue. */
  *changes(): Iterable<Change> {
    const queue = this.path;
    yield* this.#messages.changes();
    for (const [id, state] of this.sessions?.states ?? []) yield { kind: 'session', queue, id, state };
    yield* this.#arrivals.changes();
  }

  /** Calls off every timer: the broker stops. */
  stop(): void {
    for (const message of this.#messages.all()) message.cancelTimer();
    this.#lostLocks?.stop();
    this.#locks.stop();
    this.sessions?.stop();
    this.deadLetters?.stop();
  }

  #hand(message: StoredMessage, mode: ReceiveMode): StoredMessage {
    if (mode === 'peek-lock') {
      this.#locks.lock(message);
      this.#lostLocks?.handed(message);
    } else this.#remove(message);
    return message;
  }

  #remove(message: StoredMessage): void {
    this.#locks.unlock(message);
    message.cancelTimer();
    this.#messages.remove(message);
  }

  #loseLock(message: StoredMessage): void {
    const { sessionId } = message.envelope;
    if (this.sessions && sessionId) this.sessions.expire(sessionId);
    else this.#journal.step(() => this.#giveBack(message, 'failed'));
  }

  /** A delivery that failed counts; `maxDeliveryCount` of them bury the message. Returns it to the place it had. */
  #giveBack(message: StoredMessage, how: 'failed' | 'unharmed', andTell = true): void {
    this.#locks.unlock(message);
    if (how === 'failed') {
      message.deliveryCount++;
      this.#messages.noteStanding(message);
    }
    if (this.deadLetters && message.deliveryCount >= this.settings.maxDeliveryCount) {
      const description = `Message could not be consumed after ${message.deliveryCount} delivery attempts.`;
      this.#bury(message, DEAD_LETTER_REASONS.maxDeliveryCount, description);
    } else if (message.state === 'active') {
      if (this.#isExpired(message)) this.#expire(message);
      else if (andTell) this.#offer(message);
      else this.#lanes.add(message);
    }
  }

  #offer(message: StoredMessage): void {
    this.#lanes.add(message);
    const sessionId = this.#lanes.nameOf(message);
    this.sessions?.messagesReady(sessionId);
    for (const watcher of this.#watchers) watcher(sessionId);
  }

  #sessionEnded(id: string, how: SessionEnd): void {
    const held = this.#locks.inSession(id);
    // Nobody is told before all are back: the next holder must not get the second message first.
    for (const message of held) this.#giveBack(message, how === 'expired' ? 'failed' : 'unharmed', false);
  }

  #isExpired(message: StoredMessage): boolean {
    return message.expiresAtMs <= this.#clock.now();
  }

  #expireWaiting(message: StoredMessage): void {
    if (message.lock || message.state !== 'active') return;
    this.#lanes.remove(message);
    this.#expire(message);
  }

  #expire(message: StoredMessage): void {
    const description = 'The message expired and was dead lettered.';
    if (this.settings.deadLetteringOnMessageExpiration) this.#bury(message, DEAD_LETTER_REASONS.expired, description);
    else this.#remove(message);
  }

  #bury(message: StoredMessage, reason: unknown, description: unknown, changes: Properties = {}): void {
    if (!this.deadLetters) throw refusals.deadLetterTwice();
    const why = { DeadLetterReason: reason ?? undefined, DeadLetterErrorDescription: description ?? undefined };
    this.#remove(message);
    this.deadLetters.#receiveDead(
      message,
      withApplicationProperties(message.envelope, { ...changes, ...why }),
      this.path,
    );
  }

  #receiveDead(message: StoredMessage, envelope: Envelope, deadLetterSource: string): void {
    const expiresAtMs = Number.POSITIVE_INFINITY;
    const dead: StoredMessage = { ...message, envelope, deadLetterSource, state: 'active', expiresAtMs };
    dead.cancelTimer = () => undefined;
    this.#messages.put(dead);
    this.#offer(dead);
  }

  #noteAlone(change: Change): void {
    this.#journal.step(() => this.#journal.note(change));
  }
}
