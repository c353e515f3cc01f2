// The messages of one queue that are locked, by lock token. In a queue without sessions each lock runs out by itself; in one
// with sessions the lock of a message is that of its session.
import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import { refusals } from './refusals.ts';
import type { Sessions } from './sessions.ts';
import type { MessageLock, StoredMessage } from './stored-message.ts';

export interface MessageLocksParts {
  readonly clock: Clock;
  readonly lockMs: number;
  readonly sessions: Sessions | undefined;
  readonly expired: (message: StoredMessage) => void;
}

export class MessageLocks {
  readonly #parts: MessageLocksParts;
  readonly #locked = new Map<string, StoredMessage>();

  constructor(parts: MessageLocksParts) {
    this.#parts = parts;
  }

  lock(message: StoredMessage): void {
    const lock: MessageLock = { token: randomUUID(), untilMs: 0, cancelExpiry: () => undefined };
    message.lock = lock;
    this.#locked.set(lock.token, message);
    if (!this.#parts.sessions) this.#start(lock, message);
  }

  unlock(message: StoredMessage): void {
    if (!message.lock) return;
    message.lock.cancelExpiry();
    this.#locked.delete(message.lock.token);
    message.lock = undefined;
  }

  /** The message under a lock that still holds. */
  find(token: string): StoredMessage {
    const message = this.#locked.get(token);
    if (!message) throw refusals.messageLockLost();
    return message;
  }

  renew(token: string): number {
    const message = this.find(token);
    if (!message.lock || this.#parts.sessions) throw refusals.messageLockLost();
    message.lock.cancelExpiry();
    return this.#start(message.lock, message);
  }

  /** Undefined while the message is not locked. */
  untilMs({ lock, envelope }: StoredMessage): number | undefined {
    const { sessions } = this.#parts;
    if (!lock) return undefined;
    return sessions && envelope.sessionId ? sessions.lockedUntilMs(envelope.sessionId) : lock.untilMs;
  }

  inSession(id: string): StoredMessage[] {
    return [...this.#locked.values()].filter(({ envelope }) => envelope.sessionId === id);
  }

  /** Calls off every timer. */
  stop(): void {
    for (const message of this.#locked.values()) message.lock?.cancelExpiry();
  }

  #start(lock: MessageLock, message: StoredMessage): number {
    const { clock, lockMs, expired } = this.#parts;
    lock.untilMs = clock.now() + lockMs;
    lock.cancelExpiry = clock.schedule(lock.untilMs, () => expired(message));
    return lock.untilMs;
  }
}
