// Instance pools: machines kept ready, of which a cluster can be made.

import type { StartAnswer } from './answers.ts';
import type { LastLook } from './last-look.ts';

export interface InstancePool {
  readonly id: string;
  readonly name: string;
  readonly nodeType: string;
  /** Most machines it may have, used and idle together; undefined: no limit. */
  readonly maxCapacity?: number;
  /** Machines with clusters, those that are coming up included. */
  readonly used: number;
}

export interface Pools {
  /** undefined: this workspace does not know the pool. */
  get(id: string): Promise<InstancePool | undefined>;
  /** Everything else about the pool stays as it is. */
  setMaxCapacity(id: string, maxCapacity: number, lastLook: LastLook): Promise<StartAnswer>;
}
