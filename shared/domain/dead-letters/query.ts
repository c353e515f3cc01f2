// The states of a dead letter, and what the list of them can be asked for.
import * as z from 'zod';

/** waiting: to be sent again when due; redriven: on its way; handled: it went well; given-up: for a person. */
export const deadLetterStates = ['waiting', 'redriven', 'handled', 'given-up'] as const;
export type DeadLetterState = (typeof deadLetterStates)[number];

export const deadLetterQuerySchema = z.strictObject({
  state: z.enum(deadLetterStates).optional(),
  pageSize: z.coerce.number().int().min(1).max(200).default(50),
  continuation: z.string().max(2000).optional(),
});
