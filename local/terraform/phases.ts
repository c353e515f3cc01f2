// Plan and apply of one workspace: what the configuration wants, what stands there, and the calls that make the one the other.
import { type Clock, waitUntil } from '../simulator/clock.ts';
import { type DatabricksClient, ProviderError } from './databricks-client.ts';
import { PROVIDER_POLL_SECONDS, PROVIDER_TIMEOUT_SECONDS } from './refusals.ts';
import { resourceKinds } from './resource-kinds.ts';
import type { PlannedChange, Run } from './run.ts';
import type { Resource, Store, Workspace } from './store.ts';

export interface PhasePorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timeScale: number;
  readonly stopping: AbortSignal;
  clientFor(workspace: Workspace): DatabricksClient;
}

/** Reads every targeted resource and what it depends on, takes what is gone out of the state, and says what would change. */
export async function planOf(ports: PhasePorts, run: Run): Promise<PlannedChange[]> {
  const workspace = workspaceOf(ports, run);
  refuseVariables(run);
  const client = ports.clientFor(workspace);
  const planned: PlannedChange[] = [];
  for (const resource of targeted(workspace.resources, run.targets)) {
    const change = await changeOf(ports, client, workspace, resource, run.refresh);
    if (change) planned.push({ address: resource.address, change });
  }
  return planned;
}

/** `-target` takes a resource, everything in a module, and what those depend on. */
function targeted(resources: readonly Resource[], targets: Run['targets']): readonly Resource[] {
  if (targets === null) return resources;
  const wanted = new Set<string>();
  const want = (address: string): void => {
    const resource = resources.find((each) => each.address === address);
    if (!resource || wanted.has(address)) return;
    wanted.add(address);
    resource.dependsOn.forEach(want);
  };
  for (const { address } of resources) {
    if (
      targets.some(
        (target) => address === target || address.startsWith(`${target}.`) || address.startsWith(`${target}[`),
      )
    )
      want(address);
  }
  return resources.filter(({ address }) => wanted.has(address));
}

async function changeOf(
  { store }: PhasePorts,
  client: DatabricksClient,
  workspace: Workspace,
  resource: Resource,
  refresh: boolean,
): Promise<PlannedChange['change'] | undefined> {
  if (resource.id === undefined) return 'create';
  if (!refresh) return resource.tainted ? 'replace' : undefined;
  const kind = resourceKinds[resource.type];
  const there = await kind.read(client, resource.id);
  if (!there) {
    store.putResource(workspace.id, without(resource));
    return 'create';
  }
  if (resource.tainted) return 'replace';
  return isDrifted(resource.settings, kind.settingsIn(there)) ? 'update' : undefined;
}

function isDrifted(wanted: Resource['settings'], there: Resource['settings']): boolean {
  return Object.entries(wanted).some(([name, value]) => JSON.stringify(there[name]) !== JSON.stringify(value));
}

export async function applyPlan(ports: PhasePorts, run: Run): Promise<void> {
  for (const { address, change } of run.planned ?? []) {
    const workspace = workspaceOf(ports, run);
    const resource = workspace.resources.find((each) => each.address === address);
    if (!resource) throw new ProviderError(`no resource ${address} in the configuration`);
    const client = ports.clientFor(workspace);
    if (change === 'update' && resource.id !== undefined) {
      await resourceKinds[resource.type].update(client, resource.id, resource);
      continue;
    }
    if (change === 'replace' && resource.id !== undefined) {
      await resourceKinds[resource.type].remove(client, resource.id);
      ports.store.putResource(workspace.id, without(resource));
    }
    await create(ports, run, workspace, without(resource));
  }
}

/** In the state as tainted from the moment that it has an id; whole once the service says that it is ready. */
async function create(ports: PhasePorts, run: Run, workspace: Workspace, resource: Resource): Promise<void> {
  const { store } = ports;
  const kind = resourceKinds[resource.type];
  const client = ports.clientFor(workspace);
  const id = await kind.create(client, resource);
  store.putResource(workspace.id, { ...resource, id, tainted: true });
  store.flush();
  const failed = await untilReady(ports, run, () => kind.look(client, id));
  if (failed !== undefined) {
    await kind.remove(client, id);
    store.putResource(workspace.id, resource);
    throw new ProviderError(`cannot create ${resource.address}: ${failed}`);
  }
  store.putResource(workspace.id, { ...resource, id });
}

/** Why it did not become ready; undefined when it did. Throws when the run is cancelled meanwhile: then it stays tainted. */
async function untilReady(
  { clock, timeScale, stopping, store }: PhasePorts,
  run: Run,
  look: () => Promise<'ready' | 'on-its-way' | { readonly failed: string }>,
): Promise<string | undefined> {
  const until = clock.now() + (PROVIDER_TIMEOUT_SECONDS * 1000) / timeScale;
  for (;;) {
    const seen = await look();
    if (seen === 'ready') return undefined;
    if (typeof seen === 'object') return seen.failed;
    if (clock.now() > until) return `timeout while waiting for it to become RUNNING`;
    await waitUntil(clock, clock.now() + (PROVIDER_POLL_SECONDS * 1000) / timeScale, stopping);
    if (stopping.aborted || store.run(run.id)?.status !== 'applying') throw new ProviderError('operation canceled');
  }
}

function without({ id: _id, tainted: _tainted, ...resource }: Resource): Resource {
  return resource;
}

function workspaceOf({ store }: PhasePorts, run: Run): Workspace {
  const workspace = store.workspace(run.workspaceId);
  if (!workspace) throw new ProviderError(`no workspace ${run.workspaceId}`);
  return workspace;
}

/** A value is a literal of HCL: a string with its quotes, a number, true or false, null, a list or an object. */
function refuseVariables({ variables }: Run): void {
  for (const { key, value } of variables) {
    if (/^("([^"\\]|\\.)*"|-?\d+(\.\d+)?|true|false|null|\[.*\]|\{.*\})$/s.test(value.trim())) continue;
    throw new ProviderError(`Variables not allowed: on <value for var.${key}> line 1`);
  }
}
