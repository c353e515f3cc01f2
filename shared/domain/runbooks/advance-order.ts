// The order to move a run forward by one slice. It names the revision it was made for, so that an older one changes nothing.
import * as z from 'zod';
import { isTicketId, type TicketId } from '../ids.ts';

export const advanceOrderSchema = z.object({
  schemaVersion: z.literal(1),
  incidentId: z.custom<TicketId>((value) => typeof value === 'string' && isTicketId(value)),
  run: z.number().int().positive(),
  revision: z.number().int().nonnegative(),
  /** What the run waited for is over: it goes on before its due time. */
  early: z.literal(true).optional(),
});
export type AdvanceOrder = z.infer<typeof advanceOrderSchema>;
