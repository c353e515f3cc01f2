// One id that follows a request through logs, messages and answers. A caller may give it; nonsense is replaced.
import { randomUUID } from 'node:crypto';

const GIVEN = /^[A-Za-z0-9._:-]{1,100}$/;

export function correlationIdOf(header: string | null): string {
  return header !== null && GIVEN.test(header) ? header : `cor-${randomUUID()}`;
}
