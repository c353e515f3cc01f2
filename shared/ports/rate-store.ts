// Success rates over time, one series for each job that counts and for each workspace; thinned with age.
import type { RateKey, RateSample } from '../domain/jobs/rate-sample.ts';

/** Every sample, the last one of each UTC hour, the last one of each UTC day. */
export const rateLevels = ['sample', 'hour', 'day'] as const;
export type RateLevel = (typeof rateLevels)[number];

/** Names one row of one series. */
export interface KeptRate {
  readonly key: RateKey;
  readonly level: RateLevel;
  readonly at: string;
  readonly id: string;
}

export interface RateSpan {
  readonly from: string;
  readonly to: string;
  /** The newest that many. */
  readonly most: number;
}

export interface RateStore {
  /** Written again with the same time and id it is the same one. A poll's sample is kept as the last of its hour and its day, too. */
  keep(key: RateKey, sample: RateSample, id: string): Promise<void>;
  /** The newest sample of the series that was taken at this instant or before. */
  newestUntil(key: RateKey, at: string): Promise<RateSample | undefined>;
  /** The newest first, both ends included. */
  between(key: RateKey, level: RateLevel, span: RateSpan): Promise<readonly RateSample[]>;
  /** Of all series, page by page. */
  takenBefore(level: RateLevel, before: string): AsyncIterable<readonly KeptRate[]>;
  /** A missing one is fine. */
  remove(kept: KeptRate): Promise<void>;
}
