// The reference estate as a JSON value that a test changes before it is parsed: faults are put into a file that is otherwise right.
import { readFileSync } from 'node:fs';
import { channelSchema } from '../../shared/adapters/channels/index.ts';
import { parseEstate } from '../../shared/domain/estate/parse-estate.ts';

const REFERENCE = new URL('../../infra/estates/reference.json', import.meta.url);

export function referenceText(): string {
  return readFileSync(REFERENCE, 'utf8');
}

/** The estate of a valid text; throws with all faults otherwise. */
export function estateOf(text: string) {
  const parsed = parseEstate(text, channelSchema);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults, null, 2));
  return parsed.estate;
}

/**
 * The text with members changed: JSON pointer -> new value; undefined removes the member, `/-` at the end appends.
 * A pointer whose parent is not there is a mistake of the test.
 */
export function changed(text: string, changes: Readonly<Record<string, unknown>>): string {
  const root: unknown = JSON.parse(text);
  for (const [pointer, value] of Object.entries(changes)) change(root, pointer, value);
  return JSON.stringify(root);
}

function change(root: unknown, pointer: string, value: unknown): void {
  const path = pointer.split('/').slice(1);
  const last = path.pop() ?? '';
  const parent = path.reduce<unknown>((at, part) => memberOf(at, part, pointer), root);
  if (Array.isArray(parent) && last === '-') parent.push(value);
  else if (typeof parent !== 'object' || parent === null) throw new Error(`nothing at ${pointer}`);
  else if (value === undefined) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value);
}

function memberOf(at: unknown, part: string, pointer: string): unknown {
  if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) throw new Error(`nothing at ${pointer}`);
  return Reflect.get(at, part);
}
