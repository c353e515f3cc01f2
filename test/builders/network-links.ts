// Peerings and circuits for tests, and an estate whose workspaces name them.
import type { Estate } from '../../shared/domain/estate/estate.ts';

const SUBSCRIPTION = '11111111-0000-4000-8000-000000000001';

interface Place {
  readonly group?: string;
  readonly subscription?: string;
}

export function peeringId(
  name: string,
  vnet = 'vnet-dev',
  { group = 'rg-net', subscription = SUBSCRIPTION }: Place = {},
) {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Network/virtualNetworks/${vnet}/virtualNetworkPeerings/${name}`;
}

export function circuitId(name: string, { group = 'rg-net', subscription = SUBSCRIPTION }: Place = {}) {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Network/expressRouteCircuits/${name}`;
}

interface Links {
  readonly peerings?: string[];
  readonly expressRouteCircuits?: string[];
}

export function withLinks(primary: Links, dr: Links = {}): (estate: Estate) => Estate {
  const network = (links: Links) => ({ peerings: [], expressRouteCircuits: [], ...links });
  return (estate) => ({
    ...estate,
    pairs: estate.pairs.map((pair) => ({
      ...pair,
      primary: { ...pair.primary, network: network(primary) },
      dr: { ...pair.dr, network: network(dr) },
    })),
  });
}
