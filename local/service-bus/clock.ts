// Time as the broker sees it. Everything that waits (locks, scheduled messages, time to live, long polls) waits here,
// so that a test can hand in a clock of its own.
export interface Clock {
  now(): number;
  /** Runs once `now()` has reached `atMs`, never at once; returns how to call it off. */
  schedule(atMs: number, run: () => void): () => void;
}

/** Node fires longer timers at once (TimeoutOverflowWarning), so a far instant is walked to in steps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = { now: Date.now, schedule: scheduleBySystem };

function scheduleBySystem(atMs: number, run: () => void): () => void {
  let timer = arm();
  return () => clearTimeout(timer);

  function arm(): NodeJS.Timeout {
    const waitMs = Math.max(0, atMs - Date.now());
    if (waitMs <= LONGEST_TIMER_MS) return setTimeout(run, waitMs);
    return setTimeout(() => {
      timer = arm();
    }, LONGEST_TIMER_MS);
  }
}
