// Samples grow old: whole for a day, then one an hour, the worst of it, and after thirty days none.
import { KEPT_DAYS, RAW_HOURS } from './figures.ts';
import type { ProbeSample } from './sample.ts';

export type AgedSample = Pick<ProbeSample, 'target' | 'kind' | 'at' | 'outcome'>;

const HOUR_MS = 3_600_000;

export function rawSince(now: Date): Date {
  // By whole hours: an hour is thinned once it is over, so that its worst look is known.
  return new Date(Math.floor((now.getTime() - RAW_HOURS * HOUR_MS) / HOUR_MS) * HOUR_MS);
}

const WORSE: readonly ProbeSample['outcome'][] = ['skipped', 'ok', 'failed'];

/** Takes old samples series by series in order of time, and says of each which one may go now. */
export class Thinning<Sample extends AgedSample> {
  readonly #goneBefore: number;
  #kept: Sample | undefined;

  constructor(now: Date) {
    this.#goneBefore = now.getTime() - KEPT_DAYS * 24 * HOUR_MS;
  }

  /** The one that nobody needs any more: this, the one kept of its hour so far, or none. */
  take(sample: Sample): Sample | undefined {
    if (Date.parse(sample.at) < this.#goneBefore) return sample;
    const kept = this.#kept;
    if (!kept || hourOf(kept) !== hourOf(sample)) {
      this.#kept = sample;
      return undefined;
    }
    if (WORSE.indexOf(sample.outcome) <= WORSE.indexOf(kept.outcome)) return sample;
    this.#kept = sample;
    return kept;
  }
}

function hourOf({ target, kind, at }: AgedSample): string {
  return `${kind} ${target} ${Math.floor(Date.parse(at) / HOUR_MS)}`;
}
