// A notice as it is kept: its newest state, when it was first heard, and what became of it.
import * as z from 'zod';
import { azureNoticeSchema } from './notice.ts';

export const storedNoticeSchema = z.object({
  ...azureNoticeSchema.shape,
  schemaVersion: z.literal(1),
  /** ISO instants of our own clock. */
  firstHeardAt: z.iso.datetime(),
  lastHeardAt: z.iso.datetime(),
  /** How many different updates were heard. */
  updates: z.int().min(1),
  /** What was made of the newest update, in words. */
  became: z.string().max(500),
  /** The incident that it opened or joined, if any. */
  ticketId: z.string().optional(),
});
export type StoredNotice = z.infer<typeof storedNoticeSchema>;
