// One queue as Service Bus keeps it: what is active, locked, deferred, scheduled, dead. It knows time only through the clock and
// nothing of AMQP, so the protocol above and a durable log beneath can change without it.
import type { Clock } from './clock.ts';
import { DuplicateFilter } from './duplicates.ts';
import { type Envelope, withApplicationProperties } from './message.ts';
import { MessageLocks } from './message-locks.ts';
import type { QueueSettings } from './queue-settings.ts';
import { ReadyList } from './ready-list.ts';
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
}

/** Without sessions all messages wait in one lane; its name cannot be a session's, since those are not empty. */
const ONLY_LANE = '';
const nothing = (): void => undefined;

export class Queue {
  readonly path: string;
  readonly settings: QueueSettings;
  readonly deadLetters: Queue | undefined;
  readonly sessions: Sessions | undefined;
  readonly #clock: Clock;
  readonly #nextSequenceNumber: () => number;
  readonly #duplicates: DuplicateFilter | undefined;
  readonly #messages = new Map<number, StoredMessage>();
  readonly #locks: MessageLocks;
  readonly #lanes = new Map<string, ReadyList<StoredMessage>>();
  readonly #watchers: ((sessionId: string) => void)[] = [];

  constructor(parts: QueueParts) {
    this.path = parts.path;
    this.settings = parts.settings;
    this.deadLetters = parts.deadLetters;
    this.#clock = parts.clock;
    this.#nextSequenceNumber = parts.nextSequenceNumber;
    if (parts.settings.requiresDuplicateDetection) {
      this.#duplicates = new DuplicateFilter(parts.settings.duplicateDetectionWindowSeconds * 1_000);
    }
    if (parts.settings.requiresSession) {
      this.sessions = new Sessions(parts.clock, parts.lockMs, {
        hasMessages: (id) => (this.#lanes.get(id)?.size ?? 0) > 0,
        ended: (id, how) => this.#sessionEnded(id, how),
      });
    }
    const expired = (message: StoredMessage) => this.#giveBack(message, 'failed');
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
    return envelopes.map((envelope) => this.#store(envelope));
  }

  /** The next message to receive, locked (or gone already, in receive-and-delete mode). */
  take(mode: ReceiveMode, sessionId = ONLY_LANE): StoredMessage | undefined {
    const lane = this.#lanes.get(sessionId);
    for (let message = lane?.shift(); message; message = lane?.shift()) {
      if (this.#isExpired(message)) this.#expire(message);
      else return this.#hand(message, mode);
    }
    this.#lanes.delete(sessionId);
    return undefined;
  }

  /** Deferred messages by number: all of them, or a refusal. */
  takeDeferred(sequenceNumbers: readonly number[], mode: ReceiveMode): StoredMessage[] {
    const messages = sequenceNumbers.map((number) => this.#messages.get(number));
    for (const message of messages) {
      // An expired deferred message is noticed only now (message-deferral).
      if (message?.state === 'deferred' && !message.lock && this.#isExpired(message)) this.#expire(message);
    }
    return sequenceNumbers
      .map((number) => {
        const message = this.#messages.get(number);
        if (message?.state !== 'deferred' || message.lock) throw refusals.messageNotFound(number);
        return message;
      })
      .map((message) => this.#hand(message, mode));
  }

  settle(token: string, disposition: Disposition): void {
    const message = this.#locks.find(token);
    switch (disposition.kind) {
      case 'complete':
        this.#remove(message);
        break;
      case 'abandon':
        message.envelope = withApplicationProperties(message.envelope, disposition.changes);
        this.#giveBack(message, 'failed');
        break;
      case 'defer':
        message.envelope = withApplicationProperties(message.envelope, disposition.changes);
        message.state = 'deferred';
        this.#locks.unlock(message);
        break;
      case 'deadLetter':
        this.#bury(message, disposition.reason, disposition.description, disposition.changes);
    }
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
      const message = this.#messages.get(number);
      if (message?.state !== 'scheduled') throw refusals.messageNotFound(number);
      return message;
    });
    for (const message of messages) this.#remove(message);
  }

  /** Whatever is in the queue, locked or not, in the order of its numbers. */
  peek(fromSequenceNumber: number, most: number, sessionId?: string): StoredMessage[] {
    return [...this.#messages.values()]
      .filter((message) => message.sequenceNumber >= fromSequenceNumber)
      .filter((message) => sessionId === undefined || message.envelope.sessionId === sessionId)
      .sort((one, other) => one.sequenceNumber - other.sequenceNumber)
      .slice(0, most);
  }

  counts(): Counts {
    const counts = { active: 0, scheduled: 0, deferred: 0 };
    for (const { state } of this.#messages.values()) counts[state]++;
    return { ...counts, deadLettered: this.deadLetters?.counts().active ?? 0 };
  }

  /** Calls off every timer: the broker stops. */
  stop(): void {
    for (const message of this.#messages.values()) message.cancelTimer();
    this.#locks.stop();
    this.sessions?.stop();
    this.deadLetters?.stop();
  }

  #store(envelope: Envelope): number {
    const nowMs = this.#clock.now();
    if (this.#duplicates?.hasSeen(envelope.messageId, nowMs)) return this.#nextSequenceNumber();
    const { scheduledForMs } = envelope;
    if (scheduledForMs === undefined || scheduledForMs <= nowMs) return this.#activate(envelope).sequenceNumber;
    const message = this.#newMessage(envelope, 'scheduled', Number.POSITIVE_INFINITY);
    message.cancelTimer = this.#clock.schedule(scheduledForMs, () => {
      this.#messages.delete(message.sequenceNumber);
      this.#activate(envelope);
    });
    return message.sequenceNumber;
  }

  #activate(envelope: Envelope): StoredMessage {
    const lifeMs = Math.min(
      envelope.timeToLiveMs ?? Number.POSITIVE_INFINITY,
      this.settings.defaultMessageTimeToLiveSeconds * 1_000,
    );
    const message = this.#newMessage(envelope, 'active', lifeMs);
    if (Number.isFinite(lifeMs)) {
      message.cancelTimer = this.#clock.schedule(message.expiresAtMs, () => this.#expireWaiting(message));
    }
    this.#offer(message);
    return message;
  }

  #newMessage(envelope: Envelope, state: 'active' | 'scheduled', lifeMs: number): StoredMessage {
    const nowMs = this.#clock.now();
    const sequenceNumber = this.#nextSequenceNumber();
    const numbers = { sequenceNumber, enqueueSequenceNumber: sequenceNumber };
    const times = { enqueuedAtMs: nowMs, expiresAtMs: nowMs + lifeMs };
    const message = {
      ...numbers,
      ...times,
      envelope,
      state,
      deliveryCount: 0,
      lock: undefined,
      cancelTimer: nothing,
      deadLetterSource: undefined,
    };
    this.#messages.set(sequenceNumber, message);
    return message;
  }

  #hand(message: StoredMessage, mode: ReceiveMode): StoredMessage {
    if (mode === 'peek-lock') this.#locks.lock(message);
    else this.#remove(message);
    return message;
  }

  #remove(message: StoredMessage): void {
    this.#locks.unlock(message);
    message.cancelTimer();
    this.#messages.delete(message.sequenceNumber);
  }

  /** A delivery that failed counts; `maxDeliveryCount` of them bury the message. Returns it to the place it had. */
  #giveBack(message: StoredMessage, how: 'failed' | 'unharmed', andTell = true): void {
    this.#locks.unlock(message);
    if (how === 'failed') message.deliveryCount++;
    if (this.deadLetters && message.deliveryCount >= this.settings.maxDeliveryCount) {
      const description = `Message could not be consumed after ${message.deliveryCount} delivery attempts.`;
      this.#bury(message, DEAD_LETTER_REASONS.maxDeliveryCount, description);
    } else if (message.state === 'active') {
      if (this.#isExpired(message)) this.#expire(message);
      else if (andTell) this.#offer(message);
      else this.#laneOf(message).add(message);
    }
  }

  #offer(message: StoredMessage): void {
    this.#laneOf(message).add(message);
    const sessionId = this.#laneNameOf(message);
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
    this.#laneOf(message).remove(message);
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
    const dead: StoredMessage = {
      ...message,
      envelope,
      deadLetterSource,
      state: 'active',
      expiresAtMs: Number.POSITIVE_INFINITY,
    };
    dead.cancelTimer = nothing;
    this.#messages.set(dead.sequenceNumber, dead);
    this.#offer(dead);
  }

  #laneNameOf(message: StoredMessage): string {
    return this.sessions ? (message.envelope.sessionId ?? ONLY_LANE) : ONLY_LANE;
  }

  #laneOf(message: StoredMessage): ReadyList<StoredMessage> {
    const name = this.#laneNameOf(message);
    const lane = this.#lanes.get(name) ?? new ReadyList();
    this.#lanes.set(name, lane);
    return lane;
  }
}
