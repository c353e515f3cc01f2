// The components of a region as one witness: how many of them failed lately in ways that speak of the region.
import type { Testimony } from './testimony.ts';

/** Looked at, in seconds of operations. */
export const COMPONENT_WINDOW_SECONDS = 600;
/** Different components that failed in the window; a strong code (weight 2) counts double. */
const OUTAGE_POINTS = 5;
const DEGRADED_POINTS = 3;

export interface FailedComponent {
  readonly subject: string;
  readonly weight: 0 | 1 | 2;
}

/** Undefined where too few failed to say anything: that no component fails says nothing of a region. */
export function testimonyOfComponents(
  region: string,
  failed: readonly FailedComponent[],
  { now, validUntil }: { readonly now: Date; readonly validUntil: Date },
): Testimony | undefined {
  const weights = new Map<string, number>();
  for (const { subject, weight } of failed) weights.set(subject, Math.max(weight, weights.get(subject) ?? 0));
  const points = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const components = [...weights.values()].filter((weight) => weight > 0).length;
  // One component is one failure, whatever its code speaks of.
  if (points < DEGRADED_POINTS || components < 2) return undefined;
  return {
    region,
    witness: 'components',
    source: 'components',
    fate: 'components',
    says: points >= OUTAGE_POINTS && components >= DEGRADED_POINTS ? 'outage' : 'degraded',
    seenAt: now.toISOString(),
    validUntil: validUntil.toISOString(),
    words: `${components} components failed within 10 minutes by codes that speak of the region`,
    evidence: { components, points },
  };
}
