// How a region stands after a look: trouble holds at once, and is over only when the region has been without it for a while. Pure.
import type { Assessment } from './assess-region.ts';
import type { RegionState, RegionVerdict } from './region-state.ts';

/** So long a region has to be seen better before it counts as better, in seconds of operations. */
export const CALM_SECONDS = 300;
/** What a state keeps of the testimonies: all that a person looks at. */
const KEPT_TESTIMONIES = 12;

/** `calmMs`: CALM_SECONDS in real milliseconds. */
export function nextRegionState(
  before: RegionState | undefined,
  region: string,
  { verdict: seen, words, testimonies }: Assessment,
  { now, calmMs }: { readonly now: Date; readonly calmMs: number },
): RegionState {
  const at = now.toISOString();
  const seenSince = before?.seen === seen ? before.seenSince : at;
  const verdict = holds(before, seen, now.getTime() - Date.parse(betterSince(before, seen, seenSince)) >= calmMs);
  return {
    region,
    verdict,
    since: before?.verdict === verdict ? before.since : at,
    seen,
    seenSince,
    assessedAt: at,
    words,
    testimonies: testimonies.slice(0, KEPT_TESTIMONIES),
    // Better than what held before is not yet better than what holds now.
    ...(before?.verdict === verdict ? calmOf(before, seen, at) : {}),
  };
}

function holds(before: RegionState | undefined, seen: RegionVerdict, isCalm: boolean): RegionVerdict {
  if (!before || before.verdict === seen) return seen;
  if (grave[seen] > grave[before.verdict]) return seen;
  // Nothing known is no recovery.
  if (seen === 'unknown') return grave[before.verdict] > 0 ? before.verdict : seen;
  return isCalm || grave[before.verdict] === 0 ? seen : before.verdict;
}

const grave = { outage: 2, degraded: 1, healthy: 0, unknown: 0 } as const satisfies Record<RegionVerdict, number>;

/** Since when every look saw it better than what holds, whatever it was called. */
function betterSince(before: RegionState | undefined, seen: RegionVerdict, seenSince: string): string {
  return before && isBetter(before, seen) ? (before.betterSince ?? seenSince) : seenSince;
}

function calmOf(before: RegionState | undefined, seen: RegionVerdict, at: string): Pick<RegionState, 'betterSince'> {
  return before && isBetter(before, seen) ? { betterSince: before.betterSince ?? at } : {};
}

function isBetter({ verdict }: RegionState, seen: RegionVerdict): boolean {
  return seen !== 'unknown' && grave[seen] < grave[verdict];
}
