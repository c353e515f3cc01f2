// What is looked at from outside: every workspace, the storage of the DR site, Front Door, and control witnesses of other fates,
// by which a fault of our own network is told from one of theirs.

import type { Estate } from '../estate/estate.ts';
import { type PlacedWorkspace, workspacesOf } from '../estate/lookup.ts';

export interface ProbeTarget {
  /** `<kind>/<name>`: the key of its series, and its name in CONNECTIVITY_HOSTS. */
  readonly id: string;
  readonly kind: 'workspace' | 'storage' | 'front-door' | 'reference';
  readonly name: string;
  /** null: it is of no region. */
  readonly region: string | null;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly path: string;
  /** `api`: a page or a redirect is not it. `anything`: whatever answers below 500. */
  readonly expects: 'api' | 'anything';
}

/** Asked without credentials it answers 401, which is proof of life (facts/azure.md 7). */
const WORKSPACE_PATH = '/api/2.0/preview/scim/v2/Me';

const REFERENCES = {
  entra: 'https://login.microsoftonline.com',
  arm: 'https://management.azure.com',
  'status-page': 'https://status.azuredatabricks.net',
} as const;

/** Those of the estate where they really are, and the control witnesses. */
export function targetsOf(estate: Estate): ProbeTarget[] {
  return [
    ...workspacesOf(estate).map(workspaceTarget),
    ...estate.pairs.flatMap(({ drStorage, dr }) => (drStorage ? [storageTarget(drStorage.account, dr.region)] : [])),
    ...estate.pairs.flatMap(({ routing }) => (routing ? frontDoorTargets(routing.frontDoor) : [])),
    ...Object.entries(REFERENCES).map(([name, origin]) => plainTarget('reference', name, { region: null, origin })),
  ];
}

function workspaceTarget({ workspace: { name, region, url } }: PlacedWorkspace): ProbeTarget {
  const origin = new URL(url).origin;
  return { ...plainTarget('workspace', name, { region, origin }), path: WORKSPACE_PATH, expects: 'api' };
}

/** With a hierarchical namespace the data is reached at the dfs host. */
function storageTarget(account: string, region: string): ProbeTarget {
  return plainTarget('storage', account, { region, origin: `https://${account}.dfs.core.windows.net` });
}

/** The host of a classic one follows from its name; the others' holds a hash that only Azure knows. */
function frontDoorTargets({
  tier,
  name,
  host,
}: {
  tier: string;
  name: string;
  host?: string | undefined;
}): ProbeTarget[] {
  const known = host ?? (tier === 'classic' ? `${name}.azurefd.net` : undefined);
  return known === undefined ? [] : [plainTarget('front-door', name, { region: null, origin: `https://${known}` })];
}

function plainTarget(
  kind: ProbeTarget['kind'],
  name: string,
  place: Pick<ProbeTarget, 'region' | 'origin'>,
): ProbeTarget {
  return { id: `${kind}/${name}`, kind, name, ...place, path: '/', expects: 'anything' };
}
