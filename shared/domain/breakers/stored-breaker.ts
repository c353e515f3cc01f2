// A breaker as it is kept: read back with proof.
import * as z from 'zod';
import type { Breaker } from './breaker.ts';

const failures = z.array(z.object({ run: z.string(), at: z.string() }));

export const breakerSchema: z.ZodType<Breaker> = z.discriminatedUnion('state', [
  z
    .object({ state: z.literal('closed'), failures, onProbationUntil: z.string().optional() })
    .transform(
      ({ onProbationUntil, ...rest }): Breaker =>
        onProbationUntil === undefined ? rest : { ...rest, onProbationUntil },
    ),
  z.object({ state: z.literal('open'), failures, since: z.string(), until: z.string() }),
  z.object({ state: z.literal('half-open'), failures, trial: z.string(), until: z.string() }),
]);
