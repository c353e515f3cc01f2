// How the links of the customer's network are, as Azure tells: VNet peerings, ExpressRoute circuits.
import type { LinkState, NetworkLink } from '../domain/probes/links.ts';

export interface NetworkLinks {
  /** Never throws for what Azure answers or does not: what cannot be read is `nothing-read`, with the words. Ends within ten seconds (real). */
  read(link: Pick<NetworkLink, 'kind' | 'resource'>): Promise<LinkState>;
}
