// Links of the customer's network, in memory: as a test says, by resource; else as they should be.
import type { LinkState, NetworkLink } from '../../shared/domain/probes/links.ts';
import type { NetworkLinks } from '../../shared/ports/network-links.ts';

export class MemoryNetworkLinks implements NetworkLinks {
  readonly states = new Map<string, LinkState>();

  async read({ kind, resource }: Pick<NetworkLink, 'kind' | 'resource'>): Promise<LinkState> {
    const well: LinkState =
      kind === 'peering'
        ? { of: kind, state: 'Connected', syncLevel: 'FullyInSync' }
        : { of: kind, circuit: 'Enabled', provider: 'Provisioned' };
    return this.states.get(resource) ?? well;
  }
}
