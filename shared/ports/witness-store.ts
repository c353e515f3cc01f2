// What witnesses say of regions: one testimony each, the newest one.
import type { Testimony } from '../domain/regions/testimony.ts';

export interface WitnessStore {
  /** Replaces what this witness said of this region before; an older `seenAt` never replaces a newer one. */
  put(testimony: Testimony): Promise<void>;
  /** It says nothing any more. Missing is fine. */
  retract(region: string, witness: string): Promise<void>;
  /** All that were put and neither retracted nor forgotten, those past their time too. */
  of(region: string): Promise<readonly Testimony[]>;
  /** Forgets those whose time was over before this ISO instant: nobody tells that most alerts are over. Returns how many. */
  forgetBefore(region: string, instant: string): Promise<number>;
}
