// What looking at the regions ourselves needs.
import type { Estate } from '../../domain/estate/estate.ts';
import type { ProbeTarget } from '../../domain/probes/target.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Leases } from '../../ports/leases.ts';
import type { Log } from '../../ports/log.ts';
import type { Network } from '../../ports/network.ts';
import type { NetworkLinks } from '../../ports/network-links.ts';
import type { ProbeSeries } from '../../ports/probe-series.ts';
import type { WitnessStore } from '../../ports/witness-store.ts';
import type { Workspaces } from '../../ports/workspace.ts';

export interface ProbePorts {
  readonly estate: Estate;
  readonly targets: readonly ProbeTarget[];
  readonly network: Network;
  readonly links: NetworkLinks;
  readonly workspaces: Workspaces;
  readonly probes: ProbeSeries;
  readonly witnesses: WitnessStore;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  newOwner(): string;
}
