// Of the simulated networks what is asked for: peerings and ExpressRoute circuits, each by its id, in the state that it was seeded with.
import type { KeptMap } from '../durable/kept-map.ts';
import type { Answer } from '../simulator/http-server.ts';
import { ArmRefusal } from './arm-list.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface NetworkResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly properties: Fields;
}

export interface ArmNetwork {
  get(id: string): NetworkResource | undefined;
  of(subscription: string): readonly NetworkResource[];
  /** Seeds or changes one; without properties it is removed. Undefined: the id is of nothing that is simulated. */
  control(id: string, properties: Fields | undefined): Answer | undefined;
  forget(subscription: string): void;
}

const KEPT = 'arm/network/';
const RESOURCE =
  /^\/subscriptions\/[^/]+\/resourceGroups\/(?<group>[^/]+)\/providers\/Microsoft\.Network\/(?:virtualNetworks\/(?<network>[^/]+)\/virtualNetworkPeerings|expressRouteCircuits)\/(?<name>[^/]+)$/i;

/** What one is born with, when a test does not say otherwise. [spec] */
const BORN = {
  peering: { peeringState: 'Connected', peeringSyncLevel: 'FullyInSync', provisioningState: 'Succeeded' },
  circuit: {
    circuitProvisioningState: 'Enabled',
    serviceProviderProvisioningState: 'Provisioned',
    provisioningState: 'Succeeded',
  },
} as const;

export function isNetworkResource(path: string): boolean {
  return RESOURCE.test(path);
}

export function networkAnswer(network: ArmNetwork, path: string): Answer {
  const found = network.get(path);
  if (found) return { status: 200, body: found };
  const { group = '', network: parent, name = '' } = RESOURCE.exec(path)?.groups ?? {};
  const type = parent === undefined ? 'expressRouteCircuits' : `virtualNetworks/${parent}/virtualNetworkPeerings`;
  const words = `The Resource 'Microsoft.Network/${type}/${name}' under resource group '${group}' was not found.`;
  throw new ArmRefusal(404, 'ResourceNotFound', words);
}

export function createArmNetwork(kept: KeptMap): ArmNetwork {
  const resources = new Map(
    kept.under(KEPT).flatMap(([key, value]) => (isResource(value) ? [[key, value] as const] : [])),
  );
  const keysOf = (subscription: string) =>
    [...resources.keys()].filter((key) => key.startsWith(`/subscriptions/${subscription.toLowerCase()}/`));

  function remove(key: string): void {
    resources.delete(key);
    kept.delete(KEPT + key);
  }

  return {
    get: (id) => resources.get(id.toLowerCase()),
    of: (subscription) => keysOf(subscription).flatMap((key) => resources.get(key) ?? []),
    control(id, given) {
      const { network, name = '' } = RESOURCE.exec(id)?.groups ?? {};
      if (name === '') return undefined;
      const key = id.toLowerCase();
      if (given === undefined) {
        remove(key);
        return { status: 204 };
      }
      const born = network === undefined ? BORN.circuit : BORN.peering;
      const kind = network === undefined ? 'expressRouteCircuits' : 'virtualNetworks/virtualNetworkPeerings';
      const properties = { ...born, ...resources.get(key)?.properties, ...given };
      const resource = { id, name, type: `Microsoft.Network/${kind}`, properties };
      resources.set(key, resource);
      kept.set(KEPT + key, resource);
      return { status: 200, body: resource };
    },
    forget(subscription) {
      for (const key of keysOf(subscription)) remove(key);
    },
  };
}

function isResource(value: unknown): value is NetworkResource {
  return typeof value === 'object' && value !== null && 'id' in value && 'properties' in value;
}
