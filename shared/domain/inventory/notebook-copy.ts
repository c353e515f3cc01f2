// What is kept of a notebook beside its source: how it is found to have changed, and who may do what with it.
import * as z from 'zod';

const accessEntrySchema = z.object({
  principal: z.enum(['user_name', 'group_name', 'service_principal_name']),
  name: z.string(),
  level: z.string(),
});

const notebookFactsSchema = z.object({
  language: z.enum(['PYTHON', 'SCALA', 'SQL', 'R']),
  /** Object id and time of the last change: while both are the same, its source is. */
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

type Entry = NotebookFacts['access'][number];

/** In whatever order the service lists them. */
export function sameAccess(one: readonly Entry[], other: readonly Entry[]): boolean {
  const words = (entries: readonly Entry[]) =>
    entries.map(({ principal, name, level }) => JSON.stringify([principal, name, level])).sort();
  return JSON.stringify(words(one)) === JSON.stringify(words(other));
}
