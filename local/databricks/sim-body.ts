// The body of a call under `/_sim/`: a typing error is told in words, since it would otherwise test nothing.
import { z } from 'zod';

/** Who touches things where nobody is named. */
export const DEFAULT_PERSON = 'data.engineer@example.com';

export function readSimBody<Schema extends z.ZodType>(schema: Schema, body: unknown, what?: string): z.output<Schema> {
  const result = schema.safeParse(body);
  if (!result.success) throw new Error(`${what === undefined ? '' : `${what}: `}${z.prettifyError(result.error)}`);
  return result.data;
}
