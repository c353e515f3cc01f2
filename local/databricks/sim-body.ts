// The body of a call under `/_sim/`: a typing error is told in words, since it would otherwise test nothing.
import { z } from 'zod';

export function readSimBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (!result.success) throw new Error(z.prettifyError(result.error));
  return result.data;
}
