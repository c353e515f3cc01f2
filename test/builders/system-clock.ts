// The real clock, for tests against real processes.
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../shared/ports/clock.ts';

export const systemClock: Clock = {
  now: () => new Date(),
  elapsedMilliseconds: () => performance.now(),
  after: (seconds) => new Date(Date.now() + seconds * 1_000),
  millisecondsOf: (seconds) => seconds * 1_000,
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, signal && { signal }),
};
