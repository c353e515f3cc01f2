// From zod's issues to faults in the user's words, with JSON pointers. A fault names fields and expectations, never the value that was given.
import type * as z from 'zod';
import type { FieldFault } from './errors.ts';

const POINTER_PART_LIMIT = 200;

const expectedWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** Reads a value by a schema: all faults at once. Words that a schema brings itself are kept. */
export function readBy<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
): { ok: true; value: Value } | { ok: false; faults: FieldFault[] } {
  const result = schema.safeParse(value, { error: words });
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, faults: result.error.issues.flatMap(faultsOf) };
}

/** JSON pointer (RFC 6901) of a path; hostile names are cut, so that an answer stays small. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${escapePart(String(part).slice(0, POINTER_PART_LIMIT))}`).join('');
}

/** The parts of a pointer that `pointerOf` made. */
export function pathOf(pointer: string): string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function escapePart(part: string): string {
  return part.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');
}

function faultsOf(issue: z.core.$ZodIssue): FieldFault[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerOf(issue.path), detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: 'is not known here' }));
}

function words(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${expectedWords[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'invalid_union':
      return Array.isArray(issue.options) ? `must be ${oneOf(issue.options)}` : undefined;
    case 'too_small':
      return issue.inclusive === false
        ? `must be more than ${issue.minimum}`
        : bound(issue.origin, issue.minimum, 'least');
    case 'too_big':
      return bound(issue.origin, issue.maximum, 'most');
    default:
      return undefined;
  }
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map(String);
  return texts.length === 1 ? texts.join('') : `one of ${texts.join(', ')}`;
}

function bound(origin: string, limit: number | bigint, which: 'least' | 'most'): string {
  if (origin === 'string')
    return limit === 1 && which === 'least' ? 'must not be empty' : `must have at ${which} ${limit} characters`;
  if (origin === 'array')
    return limit === 1 && which === 'least' ? 'must not be empty' : `must have at ${which} ${limit} entries`;
  return `must be at ${which} ${limit}`;
}
