// Which quota stopped a cluster, and in what way out that leaves: another series, fewer machines, or on-demand instead of spot.
import type { TerminationReason } from '../signals/signal.ts';
import { type QuotaNumbers, quotaNumbers, quotaWords } from './azure-error-codes.ts';
import { classify } from './classify.ts';

export interface Quota {
  /** `series`: cores of one VM series; `region`: cores of all; `spot`: cores of spot machines; `other`: addresses and the like. */
  readonly scope: 'series' | 'region' | 'spot' | 'other';
  readonly numbers: QuotaNumbers | undefined;
  /** For a person. */
  readonly words: string;
}

/** undefined: it was no quota. */
export function quotaOf(reason: TerminationReason | undefined): Quota | undefined {
  if (!reason || classify(reason).failureClass !== 'DatabricksQuotaExceeded') return undefined;
  const message = reason.parameters.azure_error_message ?? '';
  const numbers = quotaNumbers(message);
  return { scope: scopeOf(numbers?.quota ?? '', message), numbers, words: numbers ? quotaWords(numbers) : 'the quota' };
}

/** As Azure names them: `Total Regional Cores`, `Total Regional Low-priority Cores` (or lowPriorityCores), `standardDSv2Family Cores`. */
function scopeOf(name: string, message: string): Quota['scope'] {
  if (/low.?priority|spot/i.test(name) || (name === '' && /low.?priority|spot/i.test(message))) return 'spot';
  if (/regional|^cores$/i.test(name)) return 'region';
  if (/public ?ip|subnet|address/i.test(`${name} ${message}`)) return 'other';
  return 'series';
}
