// What comes in through `/_sim`: parsed in full, and refused in words.
import { z } from 'zod';

export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  what = 'not understood',
): z.output<Schema> {
  const result = schema.safeParse(body);
  if (!result.success) throw new Error(`${what}: ${z.prettifyError(result.error)}`);
  return result.data;
}

export const DEFAULT_PERSON = 'data.engineer@example.com';
