// What may be asked about looks. Bounded: an answer is one page.
import * as z from 'zod';
import { KEPT_DAYS } from './figures.ts';

/** Of each series; more than a day of shallow ones. */
export const MOST_SAMPLES_SHOWN = 1_500;

export const probesQuerySchema = z.strictObject({
  workspace: z.string().min(1).max(100).optional(),
  hours: z.coerce
    .number()
    .int()
    .min(1)
    .max(KEPT_DAYS * 24)
    .default(1),
});
