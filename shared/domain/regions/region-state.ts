// How a region stands, by the last assessment: what the gate asks, what people are shown.
import * as z from 'zod';
import { sayings, testimonySchema } from './testimony.ts';

export const verdictSchema = z.enum(sayings);
export type RegionVerdict = z.infer<typeof verdictSchema>;

export const regionStateSchema = z.object({
  region: z.string(),
  /** What holds: an outage stays one until the region has been without it for a while. */
  verdict: verdictSchema,
  /** Since when it holds. */
  since: z.iso.datetime(),
  /** What the witnesses of the last look say taken alone, and since when they say so. */
  seen: verdictSchema,
  seenSince: z.iso.datetime(),
  /** Since when every look sees it better than what holds; absent while none does. */
  betterSince: z.iso.datetime().optional(),
  assessedAt: z.iso.datetime(),
  /** In one sentence, why. */
  words: z.string(),
  /** The newest and weightiest testimonies: what the words rest on. */
  testimonies: z.array(testimonySchema),
});
export type RegionState = z.infer<typeof regionStateSchema>;

export function isOut(states: readonly RegionState[], region: string): boolean {
  return states.some((state) => state.region === region && state.verdict === 'outage');
}
