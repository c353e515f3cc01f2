// The order to deliver one message to one channel.
import * as z from 'zod';
import { messageSchema } from './message.ts';

export const deliveryOrderSchema = z.object({
  schemaVersion: z.literal(1),
  message: messageSchema,
  /** Tries made before this one. */
  tries: z.number().int().nonnegative(),
});
export type DeliveryOrder = z.infer<typeof deliveryOrderSchema>;
