// Retry policies of a function. The host applies them to timers (and to triggers this host does not serve), never to HTTP
// or Service Bus; delays come in whole seconds because the library rounds them.
import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';
import type { RetryContext, RetryOptions } from './core-types.ts';
import { messageOf } from './json.ts';

/** [W] -1 means for ever. */
const UNLIMITED = -1;
/** [H] RandomizedExponentialBackoffStrategy: each wait is spread by a fifth. */
const JITTER = 0.2;

/** Runs until it succeeds, the policy is exhausted, or the signal says stop; throws the last error. */
export async function withRetries(
  policy: RetryOptions | undefined,
  attempt: (retryContext: RetryContext | undefined) => Promise<unknown>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  let retryContext: RetryContext | undefined;
  for (let retryCount = 1; ; retryCount += 1) {
    try {
      await attempt(retryContext);
      return;
    } catch (error) {
      if (!policy || isExhausted(policy, retryCount) || signal.aborted) throw error;
      await sleep(clock, delayMs(policy, retryCount), signal);
      if (signal.aborted) throw error;
      retryContext = { retryCount, maxRetryCount: policy.maxRetryCount, exception: exceptionOf(error) };
    }
  }
}

function isExhausted(policy: RetryOptions, retryCount: number): boolean {
  return policy.maxRetryCount !== UNLIMITED && retryCount > policy.maxRetryCount;
}

export function delayMs(policy: RetryOptions, retryCount: number, random: () => number = Math.random): number {
  if (policy.retryStrategy === 'fixedDelay') return (policy.delayInterval?.seconds ?? 0) * 1_000;
  const least = (policy.minimumInterval?.seconds ?? 0) * 1_000;
  const most = (policy.maximumInterval?.seconds ?? 0) * 1_000;
  const grown = least * 2 ** (retryCount - 1) * (1 + (random() * 2 - 1) * JITTER);
  return Math.min(most, Math.max(least, grown));
}

function exceptionOf(error: unknown): NonNullable<RetryContext['exception']> {
  const stackTrace = error instanceof Error ? (error.stack ?? '') : '';
  return { message: messageOf(error), source: '', stackTrace };
}
