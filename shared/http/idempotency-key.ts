// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a quoted string, taken bare as well.
import { InvalidInput } from '../domain/errors.ts';

const QUOTED = /^"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,200})"$/;
const BARE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;

/** undefined when there is none. Throws `InvalidInput` (`bad-request`) when it cannot be read. */
export function idempotencyKeyOf(header: string | null): string | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const key = QUOTED.exec(text)?.[1] ?? (BARE.test(text) ? text : undefined);
  if (key === undefined) {
    throw new InvalidInput('bad-request', 'Idempotency-Key must have 1 to 200 printable characters, e.g. a UUID.');
  }
  return key;
}
