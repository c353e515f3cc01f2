// Who holds which session, and who waits for one. A session exists for as long as it has messages, state or a holder;
// one holder at a time, until its lock runs out or its link goes.
import type { Clock } from './clock.ts';
import { refusals } from './refusals.ts';

export interface SessionHolder {
  /** The lock ran out: whoever holds the session has to go. */
  lost(sessionId: string): void;
}

/** How the lock on a session ended; only a lock that ran out counts against the messages that were under it. */
export type SessionEnd = 'expired' | 'closed';

export interface SessionHooks {
  hasMessages(sessionId: string): boolean;
  ended(sessionId: string, how: SessionEnd): void;
  stateSet(sessionId: string, state: Buffer | undefined): void;
}

interface SessionLock {
  readonly holder: SessionHolder;
  untilMs: number;
  cancelExpiry: () => void;
}

interface Waiter {
  readonly holder: SessionHolder;
  readonly granted: (sessionId: string) => void;
  readonly cancelTimeout: () => void;
}

export class Sessions {
  readonly #clock: Clock;
  readonly #lockMs: number;
  readonly #hooks: SessionHooks;
  readonly #locks = new Map<string, SessionLock>();
  readonly #states = new Map<string, Buffer>();
  /** Unlocked sessions with messages, the one that has waited longest first. */
  readonly #free = new Set<string>();
  readonly #waiters = new Set<Waiter>();

  constructor(clock: Clock, lockMs: number, hooks: SessionHooks) {
    this.#clock = clock;
    this.#lockMs = lockMs;
    this.#hooks = hooks;
  }

  accept(id: string, holder: SessionHolder): void {
    if (this.#locks.has(id)) throw refusals.sessionCannotBeLocked(id);
    this.#free.delete(id);
    this.#locks.set(id, { holder, untilMs: 0, cancelExpiry: () => undefined });
    this.renew(id);
  }

  /** Grants the next free session at once or as soon as there is one; returns how to stop waiting. */
  acceptNext(holder: SessionHolder, waitMs: number, granted: (id: string) => void, timedOut: () => void): () => void {
    const waiter: Waiter = {
      holder,
      granted,
      cancelTimeout: this.#clock.schedule(this.#clock.now() + waitMs, () => {
        this.#waiters.delete(waiter);
        timedOut();
      }),
    };
    this.#waiters.add(waiter);
    this.#serveWaiters();
    return () => {
      waiter.cancelTimeout();
      this.#waiters.delete(waiter);
    };
  }

  /** Told by the queue whenever a session got a message to receive. */
  messagesReady(id: string): void {
    if (this.#locks.has(id)) return;
    this.#free.add(id);
    this.#serveWaiters();
  }

  renew(id: string): number {
    const lock = this.#lockOf(id);
    lock.cancelExpiry();
    lock.untilMs = this.#clock.now() + this.#lockMs;
    lock.cancelExpiry = this.#clock.schedule(lock.untilMs, () => this.#end(id, lock, 'expired'));
    return lock.untilMs;
  }

  release(id: string, holder: SessionHolder): void {
    const lock = this.#locks.get(id);
    if (lock?.holder === holder) this.#end(id, lock, 'closed');
  }

  lockedUntilMs(id: string): number {
    return this.#lockOf(id).untilMs;
  }

  isLocked(id: string): boolean {
    return this.#locks.has(id);
  }

  state(id: string): Buffer | undefined {
    this.#lockOf(id);
    return this.#states.get(id);
  }

  setState(id: string, state: Buffer | undefined): void {
    this.#lockOf(id);
    if (state === undefined) this.#states.delete(id);
    else this.#states.set(id, state);
    this.#hooks.stateSet(id, state);
  }

  /** Of all sessions that have one. */
  get states(): ReadonlyMap<string, Buffer> {
    return this.#states;
  }

  restore(states: ReadonlyMap<string, Buffer>): void {
    for (const [id, state] of states) this.#states.set(id, state);
  }

  /** Ends the lock as if its time were up. */
  expire(id: string): void {
    const lock = this.#locks.get(id);
    if (lock) this.#end(id, lock, 'expired');
  }

  /** Calls off every timer: the broker stops. */
  stop(): void {
    for (const lock of this.#locks.values()) lock.cancelExpiry();
    for (const waiter of this.#waiters) waiter.cancelTimeout();
    this.#waiters.clear();
  }

  #lockOf(id: string): SessionLock {
    const lock = this.#locks.get(id);
    if (!lock) throw refusals.sessionLockLost(id);
    return lock;
  }

  /** First the old holder goes, then all its messages come back, only then may the next one have the session: order is kept. */
  #end(id: string, lock: SessionLock, how: SessionEnd): void {
    lock.cancelExpiry();
    this.#locks.delete(id);
    if (how === 'expired') lock.holder.lost(id);
    this.#hooks.ended(id, how);
    if (this.#hooks.hasMessages(id)) this.messagesReady(id);
  }

  #serveWaiters(): void {
    for (const waiter of this.#waiters) {
      const id = this.#nextFree();
      if (id === undefined) return;
      this.#waiters.delete(waiter);
      waiter.cancelTimeout();
      this.accept(id, waiter.holder);
      waiter.granted(id);
    }
  }

  #nextFree(): string | undefined {
    for (const id of this.#free) {
      this.#free.delete(id);
      // Its messages may have expired meanwhile.
      if (this.#hooks.hasMessages(id)) return id;
    }
    return undefined;
  }
}
