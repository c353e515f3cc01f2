// Virtual time: nothing passes until a test says so. Whoever sleeps wakes in the order of the instants waited for.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/ports/clock.ts';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Turns of the event loop given to what was woken, so that it can sleep again before time goes on. */
const TURNS = 3;

export class MemoryClock implements Clock {
  #now: number;
  /** What it was set by, in all: that is no time that passed. */
  #setByMs = 0;
  #sleepers: Sleeper[] = [];

  constructor(start = '2026-11-20T08:00:00.000Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  elapsedMilliseconds(): number {
    return this.#now - this.#setByMs;
  }

  after(seconds: number): Date {
    return new Date(this.#now + this.millisecondsOf(seconds));
  }

  millisecondsOf(seconds: number): number {
    return seconds * 1_000;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const aborted = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const sleeper = {
        at: this.#now + Math.max(0, milliseconds),
        wake: () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        },
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** The instant at which the next one wakes. */
  get nextWake(): Date | undefined {
    const next = this.#next();
    return next && new Date(next.at);
  }

  /** Lets time pass, waking each on its instant. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (let next = this.#next(); next && next.at <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  /** A clock that is set, forwards or backwards: nobody wakes by it until time passes again. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
    this.#setByMs += milliseconds;
  }

  #next(): Sleeper | undefined {
    return this.#sleepers.toSorted((a, b) => a.at - b.at)[0];
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
}
