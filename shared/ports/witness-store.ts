// What witnesses say of regions: one testimony each, the newest one.
import type { Testimony } from '../domain/regions/testimony.ts';

export interface WitnessStore {
  /** Replaces what this witness said of this region before; an older `seenAt` never replaces a newer one. */
  put(testimony: Testimony): Promise<void>;
  /** It says nothing any more. Missing is fine. */
  retract(region: string, witness: string): Promise<void>;
  /** All that were ever put and not retracted, those past their time too; at most a page of the store. */
  of(region: string): Promise<readonly Testimony[]>;
}
