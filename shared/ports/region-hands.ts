// What a run of a region's incident can see and do: the state of the region, and the components that it holds back.
import type { RegionState } from '../domain/regions/region-state.ts';
import type { LastLook } from './last-look.ts';

/** A run of a component's incident that waits for the region to come back. */
export interface HeldRun {
  readonly incidentId: string;
  readonly subject: string;
}

export interface RegionHands {
  readonly region: string;
  /** How it stands by the last assessment; undefined before the first one. */
  state(): Promise<RegionState | undefined>;
  /** Those that wait for it now. */
  held(): Promise<readonly HeldRun[]>;
  /** How many are let go on in a minute of operations. */
  readonly pacePerMinute: number;
  /** Lets all of them go on, one after the other at that pace; each asks the gate for itself. Not done if `lastLook` says why not: that is returned. */
  release(lastLook: LastLook): Promise<{ readonly released: number } | { readonly because: string }>;
}
