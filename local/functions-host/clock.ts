// Time as the host sees it: replaced by tests, so that timers and timeouts need no waiting.

export interface Clock {
  now(): number;
  /** Calls `fn` once at or after the instant; the returned function calls it off. */
  schedule(atMs: number, fn: () => void): () => void;
}

/** setTimeout fires at once beyond this. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = { now: Date.now, schedule };

function schedule(atMs: number, fn: () => void): () => void {
  let timer: NodeJS.Timeout;
  function wait(): void {
    const leftMs = atMs - Date.now();
    if (leftMs > LONGEST_TIMEOUT_MS) timer = setTimeout(wait, LONGEST_TIMEOUT_MS);
    else timer = setTimeout(fn, Math.max(0, leftMs));
  }
  wait();
  return () => clearTimeout(timer);
}

/** Waits on the given clock; resolves early when the signal is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.schedule(clock.now() + ms, done);
    signal?.addEventListener('abort', done, { once: true });
    function done(): void {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
