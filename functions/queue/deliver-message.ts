// Queue door of `messages`: one delivery tells one recipient over one channel.
import type { InvocationContext } from '@azure/functions';
import { deliverMessage } from '../../shared/usecases/deliver-message.ts';
import { deliveryOrderSchema } from '../../shared/usecases/person-message.ts';
import { take } from './take.ts';

export async function deliverMessageDelivery(message: unknown, context: InvocationContext): Promise<void> {
  await take('messages', message, context, deliveryOrderSchema, (core, order, { deliveryCount }) =>
    deliverMessage(core, order, deliveryCount),
  );
}
