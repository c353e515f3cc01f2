// Asks a receiver for what there is, without the client's habit of waiting a second for a batch to fill.
import type { ReceiveMessagesOptions, ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';

/** Passed on by BatchingReceiver.receive although the type does not show it; .NET returns what is there at once. */
interface BatchOptions extends ReceiveMessagesOptions {
  readonly maxTimeAfterFirstMessageInMs: number;
}

const FILL_MS = 20;

export function receiveBatch(
  receiver: ServiceBusReceiver,
  most: number,
  waitMs: number,
  abortSignal: AbortSignal,
  fillMs: number = FILL_MS,
): Promise<ServiceBusReceivedMessage[]> {
  const options: BatchOptions = { maxWaitTimeInMs: waitMs, abortSignal, maxTimeAfterFirstMessageInMs: fillMs };
  return receiver.receiveMessages(most, options);
}
