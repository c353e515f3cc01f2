// The clock of the processes: true time plus what their clocks are wrong by. Sleeping is counted by true time, as a monotonic timer does.
import type { Clock } from '../../shared/ports/clock.ts';
import { MemoryClock } from '../builders/memory-clock.ts';

export interface Sleep {
  readonly milliseconds: number;
  wake(): void;
}

export class SimulatedClock extends MemoryClock {
  /** What the processes' clocks are wrong by now. */
  jumpMs = 0;
  readonly #wrongByMs: () => number;
  readonly #sleeps: (sleep: Sleep) => void;

  constructor(wrongByMs: () => number, sleeps: (sleep: Sleep) => void) {
    super();
    this.#wrongByMs = wrongByMs;
    this.#sleeps = sleeps;
  }

  /** Whom the broker and the services go by. */
  get world(): Pick<Clock, 'now'> {
    return { now: () => super.now() };
  }

  get trueMs(): number {
    return super.now().getTime();
  }

  /** Time only goes on. */
  goTo(instant: number): void {
    this.jump(Math.max(0, instant - this.trueMs));
  }

  override now(): Date {
    return new Date(this.trueMs + this.jumpMs + this.#wrongByMs());
  }

  override elapsedMilliseconds(): number {
    return this.trueMs;
  }

  override after(seconds: number): Date {
    return new Date(this.now().getTime() + seconds * 1000);
  }

  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.#sleeps({ milliseconds, wake: resolve });
    });
  }
}
