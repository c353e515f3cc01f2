// RateStore in memory, by the words of the port.
import type { RateKey, RateSample } from '../../shared/domain/jobs/rate-sample.ts';
import type { KeptRate, RateLevel, RateSpan, RateStore } from '../../shared/ports/rate-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

interface Kept extends KeptRate {
  readonly sample: RateSample;
}

export class MemoryRateStore implements RateStore {
  readonly #kept = new Map<string, Kept>();
  readonly #interrupt: Interrupt;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  keep(key: RateKey, sample: RateSample, id: string): Promise<void> {
    return interruptible(this.#interrupt, 'rates.keep', () => {
      const { at } = sample;
      this.#put({ key, level: 'sample', at, id, sample });
      if (sample.source !== 'poll') return;
      this.#put({ key, level: 'hour', at: `${at.slice(0, 13)}:00:00.000Z`, id: 'last', sample });
      this.#put({ key, level: 'day', at: `${at.slice(0, 10)}T00:00:00.000Z`, id: 'last', sample });
    });
  }

  newestUntil(key: RateKey, at: string): Promise<RateSample | undefined> {
    return interruptible(
      this.#interrupt,
      'rates.newestUntil',
      () => this.#of(key, 'sample').find((one) => one.at <= at)?.sample,
    );
  }

  between(key: RateKey, level: RateLevel, { from, to, most }: RateSpan): Promise<readonly RateSample[]> {
    return interruptible(this.#interrupt, 'rates.between', () =>
      this.#of(key, level)
        .filter(({ at }) => at >= from && at <= to)
        .slice(0, most)
        .map(({ sample }) => sample),
    );
  }

  async *takenBefore(level: RateLevel, before: string): AsyncIterable<readonly KeptRate[]> {
    yield await interruptible(this.#interrupt, 'rates.takenBefore', () =>
      [...this.#kept.values()]
        .filter((one) => one.level === level && one.at < before)
        .map(({ sample: _sample, ...kept }) => kept),
    );
  }

  remove(kept: KeptRate): Promise<void> {
    return interruptible(this.#interrupt, 'rates.remove', () => {
      this.#kept.delete(nameOf(kept));
    });
  }

  #put(kept: Kept): void {
    this.#kept.set(nameOf(kept), kept);
  }

  /** The newest first. */
  #of(key: RateKey, level: RateLevel): Kept[] {
    return [...this.#kept.values()]
      .filter((one) => one.level === level && one.key.workspace === key.workspace && one.key.job === key.job)
      .toSorted((a, b) => (a.at < b.at ? 1 : -1));
  }
}

function nameOf({ key, level, at, id }: KeptRate): string {
  return JSON.stringify([key.workspace, key.job, level, at, id]);
}
