// What may be asked of the list of notices.
import * as z from 'zod';

const LARGEST_PAGE = 500;

export const noticeQuerySchema = z.strictObject({
  /** Told at this time or later. */
  since: z.iso.datetime({ offset: true }).optional(),
  /** Of those, what is not over. */
  active: z.enum(['true', 'false']).optional(),
  pageSize: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(50),
  continuation: z.string().min(1).max(200).optional(),
});
