// What is kept of a notebook beside its source: how it is found to have changed, and who may do what with it.
import * as z from 'zod';
import { hashOf } from '../ids.ts';

const accessEntrySchema = z.object({
  principal: z.enum(['user_name', 'group_name', 'service_principal_name']),
  name: z.string(),
  level: z.string(),
});

const notebookFactsSchema = z.object({
  language: z.enum(['PYTHON', 'SCALA', 'SQL', 'R']),
  /** Object id and time of the last change: while both are the same, its source is. Where no time is told, when it was kept. */
  mark: z.string(),
  access: z.array(accessEntrySchema),
  /** It was reported as missing or changed, and not yet that it is well again. */
  trouble: z.enum(['missing', 'changed']).optional(),
});
export type NotebookFacts = z.infer<typeof notebookFactsSchema>;

/** undefined: written by another release; it is looked at anew. */
export function notebookFactsOf(facts: Readonly<Record<string, unknown>>): NotebookFacts | undefined {
  return notebookFactsSchema.safeParse(facts).data;
}

/** Permissions cost a call for each notebook: each has its turn once in six hours, the others in the polls between. */
const TURN_MS = 300_000;
const TURNS = 72;

/** So does a source of which nobody tells when it was changed last (`modified_at` is promised for files alone): once an hour. */
const SOURCE_TURNS = 12;

export function isAccessTurn(path: string, now: Date): boolean {
  return isTurn(path, now, TURNS);
}

function isTurn(path: string, now: Date, turns: number): boolean {
  return Math.floor(now.getTime() / TURN_MS) % turns === Number.parseInt(hashOf(path, 8), 16) % turns;
}

interface Stamp {
  readonly path: string;
  readonly objectId: string;
  readonly modifiedAt?: string;
}

export function markOf({ objectId, modifiedAt }: Stamp, now: Date): string {
  return `${objectId}@${modifiedAt ?? now.toISOString()}`;
}

/** Nothing speaks for a change, so its source need not be read. */
export function isUnchanged({ path, objectId, modifiedAt }: Stamp, { mark }: NotebookFacts, now: Date): boolean {
  if (modifiedAt !== undefined) return mark === `${objectId}@${modifiedAt}`;
  return mark.startsWith(`${objectId}@`) && !isTurn(path, now, SOURCE_TURNS);
}

type Entry = NotebookFacts['access'][number];

/** In whatever order the service lists them. */
export function sameAccess(one: readonly Entry[], other: readonly Entry[]): boolean {
  const words = (entries: readonly Entry[]) =>
    entries.map(({ principal, name, level }) => JSON.stringify([principal, name, level])).sort();
  return JSON.stringify(words(one)) === JSON.stringify(words(other));
}
