// `--duplicate-deliveries`: every message loses the lock of its first delivery, so that it is delivered at least twice. That is what
// Service Bus may do to anybody at any time; refusals.ts says why it is the worst honest case. A message that has been delivered
// before (its count says so, also after a restart) is left alone.
import type { Clock } from './clock.ts';
import { LOCK_LOST_AFTER_MS, refusals } from './refusals.ts';
import type { StoredMessage } from './stored-message.ts';

export class LostLocks {
  readonly #clock: Clock;
  readonly #lose: (message: StoredMessage) => void;
  readonly #pending = new Map<string, () => void>();

  /** `lose` is to end the lock as if its time were up. */
  constructor(clock: Clock, lose: (message: StoredMessage) => void) {
    this.#clock = clock;
    this.#lose = lose;
  }

  /** Told of each delivery: every other message comes again while its first handler is still at it. */
  handed(message: StoredMessage): void {
    if (message.deliveryCount === 0 && message.sequenceNumber % 2 === 1) this.#loseIn(LOCK_LOST_AFTER_MS, message);
  }

  /** Told of each settlement: a first one comes too late, whatever it says. */
  refuse(message: StoredMessage): void {
    if (message.deliveryCount > 0) return;
    // Not at once: the refusal has to be on its way before a session's link is cut off.
    this.#loseIn(0, message);
    const { sessionId } = message.envelope;
    throw sessionId === undefined ? refusals.messageLockLost() : refusals.sessionLockLost(sessionId);
  }

  stop(): void {
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
  }

  #loseIn(ms: number, message: StoredMessage): void {
    const token = message.lock?.token;
    if (token === undefined) return;
    this.#pending.get(token)?.();
    const cancel = this.#clock.schedule(this.#clock.now() + ms, () => {
      this.#pending.delete(token);
      if (message.lock?.token === token) this.#lose(message);
    });
    this.#pending.set(token, cancel);
  }
}
