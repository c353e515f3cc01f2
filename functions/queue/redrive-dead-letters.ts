// Queue doors of the three dead-letter queues: one delivery is put on record and taken out. What cannot be kept stays where it is.
import type { InvocationContext } from '@azure/functions';
import { core, outageKit } from '../../shared/compose.ts';
import { keepDeadLetter } from '../../shared/usecases/keep-dead-letter.ts';
import { type Delivery, giveBack, messageOf } from '../../shared/usecases/take-message.ts';
import { deliveryOf, propertiesOf } from './take.ts';

type QueueName = Delivery['queue'];

export function deadLetterDelivery(queue: QueueName) {
  return (message: unknown, context: InvocationContext): Promise<void> => keep(queue, message, context);
}

/** A dead-letter queue has no dead-letter queue: whatever goes wrong, the message waits and comes again. */
async function keep(queue: QueueName, message: unknown, context: InvocationContext): Promise<void> {
  const delivery = deliveryOf(queue, message, context);
  try {
    await keepDeadLetter(core(), arrivalOf(delivery, context));
  } catch (error) {
    await giveBack(outageKit, delivery, error instanceof Error ? error : new Error(String(error)));
  }
}

function arrivalOf(delivery: Delivery, { triggerMetadata = {}, invocationId }: InvocationContext) {
  const { sequenceNumber } = triggerMetadata;
  const { deadLetterReason, deadLetterErrorDescription } = propertiesOf(triggerMetadata);
  return {
    message: messageOf(delivery),
    arrival: typeof sequenceNumber === 'number' ? `n${sequenceNumber}` : invocationId,
    because:
      [deadLetterReason, deadLetterErrorDescription].filter((part) => typeof part === 'string').join(': ') || 'unknown',
  };
}
