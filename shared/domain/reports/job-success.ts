// What is asked about the success rate of a job over time (B2), and the answer.
import * as z from 'zod';
import { jobId } from '../estate/names.ts';
import { ALL_JOBS, percentOf, type RateSample } from '../jobs/rate-sample.ts';

/** A week, at one row an hour. */
const MOST_HOURS = 168;

export const jobSuccessQuestionSchema = z.strictObject({
  workspace: z.string().min(1).max(64),
  job: z.union([z.literal(ALL_JOBS), jobId]).default(ALL_JOBS),
  hours: z.coerce.number().int().min(1).max(MOST_HOURS).default(24),
});
export type JobSuccessQuestion = z.infer<typeof jobSuccessQuestionSchema>;

export interface ShownRate extends Omit<RateSample, 'recent'> {
  /** null: no run counts. */
  readonly percent: number | null;
}

export interface JobSuccess {
  readonly workspace: string;
  readonly job: string;
  readonly from: string;
  readonly to: string;
  /** Every sample, or where the span is long the last of each hour. */
  readonly each: 'sample' | 'hour';
  readonly leastSuccessPercent: number;
  /** Oldest first. */
  readonly value: readonly ShownRate[];
}

export function shownRate({ recent: _recent, ...sample }: RateSample): ShownRate {
  return { ...sample, percent: percentOf(sample) };
}
