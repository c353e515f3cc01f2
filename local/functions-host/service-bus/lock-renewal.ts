// Keeps a message locked while its handler runs, up to maxAutoLockRenewalDuration, and not a moment longer: the client's
// own renewer would go on after a handler that leaves its message unsettled (autoCompleteMessages false), .NET's does not.
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import type { Clock } from '../clock.ts';

/** As .NET and JavaScript clients do: half of what is left, but at most 10 s before the lock ends. */
const LONGEST_MARGIN_MS = 10_000;

export interface RenewalOptions {
  readonly clock: Clock;
  readonly longestMs: number;
  onError(error: unknown): void;
}

/** Returns how to end it. */
export function keepLocked(
  receiver: ServiceBusReceiver,
  message: ServiceBusReceivedMessage,
  options: RenewalOptions,
): () => void {
  const { clock, longestMs, onError } = options;
  const until = clock.now() + longestMs;
  let isEnded = false;
  let cancel = planned(message.lockedUntilUtc);

  function planned(lockedUntil: Date | undefined): () => void {
    if (!lockedUntil || isEnded) return () => {};
    const leftMs = Math.max(0, lockedUntil.getTime() - clock.now());
    const atMs = lockedUntil.getTime() - Math.min(leftMs / 2, LONGEST_MARGIN_MS);
    return atMs > until ? () => {} : clock.schedule(atMs, () => void renew());
  }

  async function renew(): Promise<void> {
    try {
      cancel = planned(await receiver.renewMessageLock(message));
    } catch (error) {
      // The lock is lost: the message comes again whatever the handler does.
      if (!isEnded) onError(error);
    }
  }

  return () => {
    isEnded = true;
    cancel();
  };
}
