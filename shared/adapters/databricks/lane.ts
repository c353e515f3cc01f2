// What we do to one workspace stays within its limits: so many calls at once, so many begun per second, in order of arrival.
interface LaneLimits {
  readonly concurrency: number;
  readonly callsPerSecond: number;
}

interface LaneTime {
  elapsedMilliseconds(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

interface Waiter {
  readonly enter: () => void;
}

const WINDOW_MS = 1_000;

export class Lane {
  readonly #limits: LaneLimits;
  readonly #time: LaneTime;
  readonly #waiting: Waiter[] = [];
  /** Begin times of the calls of the last window, reserved ones included. */
  #begun: readonly number[] = [];
  #inside = 0;

  constructor(limits: LaneLimits, time: LaneTime) {
    // Whole numbers, at least one: a time scale may make anything of them.
    this.#limits = { concurrency: whole(limits.concurrency), callsPerSecond: whole(limits.callsPerSecond) };
    this.#time = time;
  }

  /** Rejects with the signal's reason when the signal aborts before it was this call's turn; then nothing was done. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      await this.#pace(signal);
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#inside < this.#limits.concurrency) {
      this.#inside += 1;
      return;
    }
    await this.#wait(signal);
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        enter: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** The place goes to the next in line without becoming free, so nobody overtakes. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inside -= 1;
    else next.enter();
  }

  async #pace(signal: AbortSignal): Promise<void> {
    const now = this.#time.elapsedMilliseconds();
    const oldest = this.#begun.at(-this.#limits.callsPerSecond);
    const beginAt = oldest === undefined ? now : Math.max(now, oldest + WINDOW_MS);
    this.#begun = [...this.#begun, beginAt].slice(-this.#limits.callsPerSecond);
    if (beginAt > now) await this.#time.sleep(beginAt - now, signal);
  }
}

function whole(limit: number): number {
  return Math.max(1, Math.floor(limit));
}
