// What is kept of a job beside its definition: which change of it a person has been asked about.
import * as z from 'zod';

const jobFactsSchema = z.object({
  /** Told, and neither accepted nor taken back yet. */
  asked: z.object({ sha256: z.string(), signalId: z.string() }).optional(),
});
export type JobFacts = z.infer<typeof jobFactsSchema>;

/** Written by another release: nobody was asked about anything. */
export function jobFactsOf(facts: Readonly<Record<string, unknown>>): JobFacts {
  return jobFactsSchema.safeParse(facts).data ?? {};
}
