// The time a simulator lives by. Injectable, so that a test plays a three-minute cluster start in no time at all.

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `run` once, at `atMs` or soon after; the answer cancels it. */
  schedule(atMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(atMs, run) {
    // A timer may fire a millisecond before the clock shows its time: whoever asks `now() < atMs` must not see that.
    const look = () => {
      if (Date.now() >= atMs) return run();
      timer = setTimeout(look, Math.max(1, atMs - Date.now()));
    };
    let timer = setTimeout(look, Math.max(0, atMs - Date.now()));
    return () => clearTimeout(timer);
  },
};

/** Resolves at `atMs`, or earlier when `signal` aborts (the caller hung up, the simulator stops). */
export function waitUntil(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || atMs <= clock.now()) return resolve();
    const cancel = clock.schedule(atMs, resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}
