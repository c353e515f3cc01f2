// How many runs of a job, or of all jobs of a workspace, succeeded within the window that ends at some time (B2). A poll counts them all;
// between polls a notification adds its one run, unless that is counted already.
import * as z from 'zod';

/** The series of a whole workspace; no job has this id. */
export const ALL_JOBS = 'all-jobs';

/** The newest runs that are counted: a notification about one of them tells nothing new. */
export const MOST_RECENT = 50;

const HOUR_MS = 3_600_000;

const countedRunSchema = z.object({ runId: z.string(), succeeded: z.boolean() });
export type CountedRun = z.infer<typeof countedRunSchema>;

export const rateSampleSchema = z.object({
  /** ISO instant of our own clock. */
  at: z.iso.datetime(),
  windowHours: z.number(),
  succeeded: z.int().min(0),
  failed: z.int().min(0),
  source: z.enum(['poll', 'notification']),
  /** The newest first. */
  recent: z.array(countedRunSchema).max(MOST_RECENT),
});
export type RateSample = z.infer<typeof rateSampleSchema>;

export interface RateKey {
  readonly workspace: string;
  /** The id of a job, or `ALL_JOBS`. */
  readonly job: string;
}

/** undefined: it is counted already. What lies before the window counts no more. */
export function withRun(
  before: RateSample | undefined,
  run: CountedRun,
  { at, windowHours }: Pick<RateSample, 'at' | 'windowHours'>,
): RateSample | undefined {
  const since = new Date(Date.parse(at) - windowHours * HOUR_MS).toISOString();
  const { succeeded, failed, recent } = before && before.at >= since ? before : { succeeded: 0, failed: 0, recent: [] };
  const known = recent.find(({ runId }) => runId === run.runId);
  if (known?.succeeded === run.succeeded) return undefined;
  const others = recent.filter((one) => one !== known);
  // A run that was repaired is still one run, which ends in another way.
  const taken = known ? -1 : 0;
  return {
    at,
    windowHours,
    source: 'notification',
    succeeded: succeeded + (run.succeeded ? 1 : taken),
    failed: failed + (run.succeeded ? taken : 1),
    recent: [run, ...others].slice(0, MOST_RECENT),
  };
}

/** null: no run counts. */
export function percentOf({ succeeded, failed }: Pick<RateSample, 'succeeded' | 'failed'>): number | null {
  const runs = succeeded + failed;
  return runs === 0 ? null : Math.floor((100 * succeeded) / runs);
}
