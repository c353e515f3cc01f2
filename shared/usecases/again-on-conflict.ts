// Optimistic concurrency: read again and decide again, bounded by time and not by count.
import { Conflict } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';

const LIMIT_MS = 20_000;
const PAUSE_MS = 15;

export async function againOnConflict<Result>(clock: Clock, attempt: () => Promise<Result>): Promise<Result> {
  // Not by the time of day: a clock that is set back meanwhile would keep a session for as long again.
  const giveUpAt = clock.elapsedMilliseconds() + LIMIT_MS;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict) || clock.elapsedMilliseconds() >= giveUpAt) throw error;
      await clock.sleep(PAUSE_MS * Math.min(tries, 20));
    }
  }
}
