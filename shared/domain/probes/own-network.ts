// Whether it is our own network that is broken: then nothing that we fail to reach says anything about anybody else.
import type { ProbeSample } from './sample.ts';

/** Before these nothing has been heard of the other side. */
const BEFORE_ANY_ANSWER: readonly ProbeSample['failedAt'][] = ['dns', 'tcp'];
/** Also these are our way there as much as theirs. */
const ON_THE_WAY: readonly ProbeSample['failedAt'][] = [...BEFORE_ANY_ANSWER, 'tls', 'state'];

/** DNS, TCP or TLS, or a link of our network: all looks from here would go wrong together. */
export function isOnTheWay(failedAt: ProbeSample['failedAt']): boolean {
  return ON_THE_WAY.includes(failedAt);
}

export function neverGotThere({ outcome, failedAt }: Pick<ProbeSample, 'outcome' | 'failedAt'>): boolean {
  return outcome === 'failed' && BEFORE_ANY_ANSWER.includes(failedAt);
}

/** Every workspace of every region, and every control witness. Without a witness it takes two regions: one may really be gone. */
export function isOwnNetworkBroken(
  workspaces: readonly Pick<ProbeSample, 'outcome' | 'failedAt' | 'region'>[],
  references: readonly Pick<ProbeSample, 'outcome' | 'failedAt'>[],
): boolean {
  const looks = workspaces.filter(({ outcome }) => outcome !== 'skipped');
  if (looks.length === 0 || !looks.every(neverGotThere) || !references.every(neverGotThere)) return false;
  return references.length > 0 || new Set(looks.map(({ region }) => region)).size > 1;
}
