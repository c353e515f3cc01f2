// The configuration of a workspace: one resource for each component of the estate file that has an address. What it says is what
// stands in Databricks when the simulator first looks, as if somebody had imported it and generated the code from it.
import { createHash } from 'node:crypto';
import { type DatabricksClient, ProviderError } from './databricks-client.ts';
import { resourceKinds } from './resource-kinds.ts';
import type { Resource, ResourceType } from './store.ts';

/** A workspace of HCP Terraform that an estate file names. */
export interface NamedWorkspace {
  readonly organization: string;
  readonly name: string;
  readonly role: 'primary' | 'dr';
  readonly components: readonly Addressed[];
}

interface Addressed {
  readonly address: string;
  readonly type: ResourceType;
  readonly id: string;
  readonly name: string;
}

/** The estate file is read as plain JSON: whether it is right is for the application to say, not for the simulator. */
export function namedWorkspaces(estate: unknown): NamedWorkspace[] {
  return list(field(estate, 'pairs')).flatMap((pair) =>
    (['primary', 'dr'] as const).flatMap((role): NamedWorkspace[] => {
      const workspace = field(pair, role);
      const provisioner = field(field(workspace, 'terraform'), 'provisioner');
      const organization = field(provisioner, 'organization');
      const name = field(provisioner, 'workspace');
      if (typeof organization !== 'string' || typeof name !== 'string') return [];
      return [{ organization, name, role, components: list(field(workspace, 'components')).flatMap(addressed) }];
    }),
  );
}

function addressed(component: unknown): Addressed[] {
  const [address, id, name] = ['terraformAddress', 'id', 'name'].map((member) => field(component, member));
  if (typeof address !== 'string' || typeof id !== 'string') return [];
  const type = typeOf(address);
  return type ? [{ address, type, id, name: typeof name === 'string' ? name : id }] : [];
}

function typeOf(address: string): ResourceType | undefined {
  const types = Object.keys(resourceKinds).filter(isResourceType);
  return types.find((type) => address.split('.').includes(type));
}

function isResourceType(text: string): text is ResourceType {
  return Object.hasOwn(resourceKinds, text);
}

export async function resourceOf(component: Addressed, client: DatabricksClient): Promise<Resource> {
  const { address, type, id, name } = component;
  const kind = resourceKinds[type];
  const unseen = kind.defaults(type === 'databricks_notebook' ? id : name);
  return { address, type, id, dependsOn: [], settings: { ...unseen, ...(await seenSettings(component, client)) } };
}

async function seenSettings({ type, id }: Addressed, client: DatabricksClient): Promise<Resource['settings']> {
  try {
    const there = await resourceKinds[type].read(client, id);
    return there ? resourceKinds[type].settingsIn(there) : {};
  } catch (error) {
    if (error instanceof ProviderError) return {};
    throw error;
  }
}

/** Stable, so that a client of before finds it again. */
export function workspaceId({ organization, name }: { organization: string; name: string }): string {
  const digest = createHash('sha256')
    .update(`${organization}/${name}`)
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '');
  return `ws-${digest.slice(0, 16)}`;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
