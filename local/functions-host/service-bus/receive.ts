// Asks a receiver for what there is, without the client's habit of waiting a second for a batch to fill.
import type { ReceiveMessagesOptions, ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';

/** Passed on by BatchingReceiver.receive although the type does not show it; .NET returns what is there at once. */
interface BatchOptions extends ReceiveMessagesOptions {
  readonly maxTimeAfterFirstMessageInMs: number;
}

const FILL_MS = 20;

/** How much later than asked for the client may answer before it counts as stuck. */
export const LATE_MS = 2_000;

export function receiveBatch(
  receiver: ServiceBusReceiver,
  most: number,
  waitMs: number,
  abortSignal?: AbortSignal,
  fillMs: number = FILL_MS,
): Promise<ServiceBusReceivedMessage[]> {
  const base = { maxWaitTimeInMs: waitMs, maxTimeAfterFirstMessageInMs: fillMs };
  const options: BatchOptions = abortSignal ? { ...base, abortSignal } : base;
  return receiver.receiveMessages(most, options);
}
