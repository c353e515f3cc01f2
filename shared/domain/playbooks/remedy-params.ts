// What one remedy may be told; the defaults are the playbook's (E1). Kept in a step's row while its run lives.
import * as z from 'zod';

export const remedyParamsSchema = z.object({
  /** Seconds of operations from acting until it has to be proved. */
  timeoutSeconds: z.number().positive(),
  /** Seconds of operations that a component which runs again has to answer properly. */
  healthCheckSeconds: z.number().positive(),
  /** Seconds of operations after the end of the component before which nothing is tried; none unless said. */
  waitSeconds: z.number().nonnegative().optional(),
  maxAttempts: z.number().int().positive(),
  /** Seconds of operations before attempts 2, 3, ...; the last one repeats. */
  backoffSeconds: z.array(z.number().nonnegative()),
});
export type RemedyParams = z.infer<typeof remedyParamsSchema>;
