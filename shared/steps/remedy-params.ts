// Parameters of a remedy as they are kept in a step's row.
import * as z from 'zod';
import type { RemedyParams } from './step.ts';

export const remedyParamsSchema: z.ZodType<RemedyParams> = z.object({
  timeoutSeconds: z.number().positive(),
  healthCheckSeconds: z.number().positive(),
  maxAttempts: z.number().int().positive(),
  backoffSeconds: z.array(z.number().nonnegative()),
});
