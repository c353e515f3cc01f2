// What the witnesses say of a region, taken together (C5). Pure. Witnesses of one fate count once, by what the gravest of them says:
// one fate alone never makes an outage, and what our own probes see healthy is not called out by two that say otherwise.
import type { Saying, Testimony, WitnessSource } from './testimony.ts';

export interface Assessment {
  readonly verdict: Saying;
  /** In one sentence, why. */
  readonly words: string;
  /** Those that count, gravest and weightiest first. */
  readonly testimonies: readonly Testimony[];
}

/** How much a witness of each source counts. What sees the service itself counts double; what people write late counts once. */
const weights = {
  probes: 2,
  components: 2,
  'service-health': 2,
  'resource-health': 2,
  'status-page': 1,
  alerts: 1,
} as const satisfies Record<WitnessSource, number>;

/** An outage needs so much weight of so many fates, */
const OUTAGE_WEIGHT = 4;
const OUTAGE_FATES = 2;
/** and more where our own probes see the region healthy: then they alone would have to be wrong. */
const CONTRADICTED_WEIGHT = 6;
const CONTRADICTED_FATES = 3;
/** Two fates that see it impaired, or our own probes alone. */
const DEGRADED_FATES = 2;

const gravity = { outage: 3, degraded: 2, healthy: 1, unknown: 0 } as const satisfies Record<Saying, number>;

export function assessRegion(said: readonly Testimony[], now: Date): Assessment {
  const fresh = said.filter(({ validUntil, says }) => Date.parse(validUntil) >= now.getTime() && says !== 'unknown');
  const byFate = gravestOfEachFate(fresh);
  const out = byFate.filter(({ says }) => says === 'outage');
  const impaired = byFate.filter(({ says }) => says === 'outage' || says === 'degraded');
  const probes = fresh.filter(({ source }) => source === 'probes');
  const seenHealthy = probes.length > 0 && probes.every(({ says }) => says === 'healthy');
  const weight = weightOf(out);
  const testimonies = [...fresh].sort(byGravity);
  const told = (verdict: Saying, words: string): Assessment => ({ verdict, words, testimonies });
  const names = namesOf(impaired);
  if (out.length >= OUTAGE_FATES && weight >= OUTAGE_WEIGHT && !seenHealthy)
    return told('outage', `${out.length} independent witnesses say that it is out: ${namesOf(out)}.`);
  if (out.length >= CONTRADICTED_FATES && weight >= CONTRADICTED_WEIGHT)
    return told(
      'outage',
      `${out.length} independent witnesses say that it is out, although our probes reach it: ${namesOf(out)}.`,
    );
  if (impaired.length >= DEGRADED_FATES)
    return told('degraded', `${impaired.length} independent witnesses see it impaired: ${names}.`);
  if (impaired.some(({ source }) => source === 'probes'))
    return told('degraded', `Our own probes see it impaired, and nobody else yet: ${names}.`);
  if (probes.length === 0) return told('unknown', unseen(impaired.length, names));
  const alone = impaired.length === 0 ? '' : ` One witness alone says otherwise: ${names}.`;
  return told('healthy', `Our probes reach it.${alone}`);
}

function unseen(impaired: number, names: string): string {
  const others = impaired === 0 ? 'no other witness complains' : `one witness alone complains: ${names}`;
  return `Our own probes see nothing at the moment, and ${others}.`;
}

function gravestOfEachFate(said: readonly Testimony[]): readonly Testimony[] {
  const gravest = new Map<string, Testimony>();
  for (const one of [...said].sort(byGravity)) if (!gravest.has(one.fate)) gravest.set(one.fate, one);
  return [...gravest.values()];
}

function byGravity(a: Testimony, b: Testimony): number {
  return gravity[b.says] - gravity[a.says] || weights[b.source] - weights[a.source] || (a.witness < b.witness ? -1 : 1);
}

function weightOf(said: readonly Testimony[]): number {
  return said.reduce((sum, { source }) => sum + weights[source], 0);
}

function namesOf(said: readonly Testimony[]): string {
  return said.map(({ witness, words }) => `${witness} (${words.replace(/[.]$/, '')})`).join('; ');
}
