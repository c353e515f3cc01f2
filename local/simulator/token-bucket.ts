// A rate limit that lets short bursts pass, which is how Databricks and Slack limit.
import type { Clock } from './clock.ts';

export interface Rate {
  readonly perSecond: number;
  /** How many may come at once after a quiet time. */
  readonly burst: number;
}

export interface TokenBucket {
  /** Takes tokens and answers 0, or takes none and answers the seconds until they are there. */
  take(tokens?: number): number;
}

export function createTokenBucket(rate: Rate, clock: Clock): TokenBucket {
  let tokens = rate.burst;
  let at = clock.now();
  return {
    take(wanted = 1) {
      const now = clock.now();
      tokens = Math.min(rate.burst, tokens + ((now - at) / 1000) * rate.perSecond);
      at = now;
      // More than a whole bucket is let through once the bucket is full; otherwise it could never happen.
      const needed = Math.min(wanted, rate.burst);
      if (tokens < needed) return (needed - tokens) / rate.perSecond;
      tokens -= wanted;
      return 0;
    },
  };
}
