// Real time. On a laptop a scale makes operational seconds shorter, so that a recovery of minutes plays in seconds.
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

export class SystemClock implements Clock {
  readonly #scale: number;

  /** `scale` operational seconds pass in one real second; 1 everywhere but on a laptop. */
  constructor(scale = 1) {
    this.#scale = scale;
  }

  now(): Date {
    return new Date();
  }

  elapsedMilliseconds(): number {
    return performance.now();
  }

  after(seconds: number): Date {
    return new Date(Date.now() + this.millisecondsOf(seconds));
  }

  millisecondsOf(seconds: number): number {
    return (seconds * 1000) / this.#scale;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await wait(milliseconds, undefined, signal ? { signal } : {});
  }
}
