// Queue door of `messages`: one delivery tells one recipient over one channel.
import type { InvocationContext } from '@azure/functions';
import { readBy } from '../../shared/domain/faults.ts';
import { deliveryOrderSchema } from '../../shared/domain/notification/delivery-order.ts';
import { deliverMessage } from '../../shared/usecases/deliver-message.ts';
import { take } from './take.ts';

export async function deliverMessageDelivery(message: unknown, context: InvocationContext): Promise<void> {
  await take(
    'messages',
    message,
    context,
    (body) => readBy(deliveryOrderSchema, body),
    (core, order, { deliveryCount }) => deliverMessage(core, order, deliveryCount),
  );
}
