// What advancing a run needs from the world.
import type { Estate } from '../../domain/estate/estate.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Inventory } from '../../ports/inventory.ts';
import type { Log } from '../../ports/log.ts';
import type { Provisioners } from '../../ports/provisioner.ts';
import type { RegionStore } from '../../ports/region-store.ts';
import type { Workspaces } from '../../ports/workspace.ts';
import type { GatePorts } from '../gate/ask.ts';
import type { HandOverPorts } from '../hand-over.ts';

export interface RunPorts extends HandOverPorts, GatePorts {
  readonly estate: Estate;
  readonly remediationEnabled: boolean;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly workspaces: Workspaces;
  readonly inventory: Inventory;
  readonly provisioners: Provisioners;
  readonly regions: RegionStore;
  /** A name for this invocation that no other one has: the owner of an attempt. */
  newOwner(): string;
}
