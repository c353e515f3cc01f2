// Links of the customer's own network whose state Azure tells: VNet peerings and ExpressRoute circuits, and what a state means.
// Rule kept here: only a state that is known to carry nothing is a failure; a state that nobody knows, or cannot read, is none.
import type { Estate } from '../estate/estate.ts';
import { workspacesOf } from '../estate/lookup.ts';
import type { Check } from './sample.ts';

export interface NetworkLink {
  /** `<kind>/<name>`: the key of its series. */
  readonly id: string;
  readonly kind: 'peering' | 'express-route';
  /** Id of the resource, as the estate spells it. */
  readonly resource: string;
  /** Where the workspaces stand that name it. */
  readonly regions: readonly string[];
}

export type LinkState =
  | { readonly of: 'peering'; readonly state: string; readonly syncLevel?: string | undefined }
  | { readonly of: 'express-route'; readonly circuit: string; readonly provider: string }
  | { readonly of: 'nothing-read'; readonly because: string };

type Listed = Pick<NetworkLink, 'kind' | 'resource'> & { readonly region: string };

/** Each link once, whoever names it: Azure takes ids that differ in case for one. */
export function linksOf(estate: Estate): NetworkLink[] {
  const byResource = Map.groupBy(listedLinks(estate), ({ resource }) => resource.toLowerCase());
  const links = [...byResource.values()].flatMap((listed) => {
    const [first] = listed;
    return first ? [{ ...first, regions: [...new Set(listed.map(({ region }) => region))] }] : [];
  });
  return links.map(({ kind, resource, regions }) => {
    const others = links.filter((other) => other.kind === kind && other.resource !== resource);
    return { id: `${kind}/${shortName(resource, others)}`, kind, resource, regions };
  });
}

/** null: there are several. */
export function onlyRegion({ regions }: NetworkLink): string | null {
  const [first = null, ...others] = regions;
  return others.length === 0 ? first : null;
}

function listedLinks(estate: Estate): Listed[] {
  return workspacesOf(estate).flatMap(({ workspace: { network, region } }) => [
    ...(network?.peerings ?? []).map((resource): Listed => ({ kind: 'peering', resource, region })),
    ...(network?.expressRouteCircuits ?? []).map((resource): Listed => ({ kind: 'express-route', resource, region })),
  ]);
}

/** Its name; where another has the same, with as much before it (network, resource group, subscription) as tells them apart. */
function shortName(resource: string, others: readonly Pick<NetworkLink, 'resource'>[]): string {
  const names = nameParts(resource);
  const tail = (parts: readonly string[], length: number) => parts.slice(-length).join('/');
  const lengths = names.map((_, index) => index + 1);
  const isAlone = (length: number) =>
    !others.some(
      (other) => tail(nameParts(other.resource), length).toLowerCase() === tail(names, length).toLowerCase(),
    );
  return tail(names, lengths.find(isAlone) ?? names.length);
}

/** `/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Network/virtualNetworks/{v}/...`: the names without the types. */
function nameParts(resource: string): string[] {
  const [, , subscription = '', , group = '', , , , ...rest] = resource.split('/');
  return [subscription, group, ...rest.filter((_, index) => index % 2 === 0)];
}

export function linkCheck(state: LinkState): Check {
  if (state.of === 'nothing-read') return told('skipped', `it cannot be read: ${state.because}`);
  return state.of === 'peering' ? peeringCheck(state) : circuitCheck(state);
}

/** Each side has a state of its own, and traffic flows only while both are Connected (learn.microsoft.com, virtual network peering). */
function peeringCheck({ state, syncLevel }: Extract<LinkState, { of: 'peering' }>): Check {
  const words = `the peering is ${state} on this side`;
  if (state === 'Connected') {
    // Peered address spaces that are not in sync still carry what both sides knew before.
    return told('ok', syncLevel === undefined ? words : `${words}, ${syncLevel}`);
  }
  if (state === 'Initiated') return told('failed', `${words}: the other side has not made its own`);
  if (state === 'Disconnected') return told('failed', `${words}: the other side has removed its own`);
  return told('skipped', `${words}, which says nothing that is known`);
}

const WITHOUT_SERVICE = ['NotProvisioned', 'Provisioning', 'Deprovisioning'];

/** It takes both: Azure's side and the provider's (learn.microsoft.com, ExpressRoute workflows). */
function circuitCheck({ circuit, provider }: Extract<LinkState, { of: 'express-route' }>): Check {
  const words = `the circuit is ${circuit}, and ${provider} at its provider`;
  if (circuit === 'Disabled' || WITHOUT_SERVICE.includes(provider)) return told('failed', words);
  if (circuit === 'Enabled' && provider === 'Provisioned') return told('ok', words);
  return told('skipped', `${words}, which says nothing that is known`);
}

/** Not timed: how quickly Azure tells of it is nothing of the link. */
function told(outcome: Check['outcome'], because: string): Check {
  return { name: 'state', outcome, because: because.slice(0, 300) };
}
