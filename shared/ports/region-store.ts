// What is known of regions beside their witnesses: which incidents told them of a failure, the children of an outage.
import type { RegionEvidence } from '../domain/signals/signal.ts';

/** An incident of a component that spoke to its region. */
export type Told = Pick<RegionEvidence, 'region' | 'weight' | 'told'> & {
  /** ISO instant at which the incident opened. */
  readonly at: string;
};

export interface RegionStore {
  /** Noted once, however often it is told. */
  note(told: Told): Promise<void>;
  /** Those told from this ISO instant on, oldest first, page by page. */
  toldSince(region: string, since: string): AsyncIterable<readonly Told[]>;
  /** Forgets what was told before this ISO instant; returns how many. */
  forgetBefore(region: string, instant: string): Promise<number>;
}
