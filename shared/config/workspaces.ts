// Where each workspace of the estate is reached, and as whom: real ones by managed identity, simulated ones by token.
import * as z from 'zod';
import type { Estate } from '../domain/estate/estate.ts';
import { workspacesOf } from '../domain/estate/lookup.ts';
import { Secret } from '../domain/secret.ts';
import { isLoopback, isOrigin } from './connections.ts';
import type { Settings } from './settings.ts';

export interface WorkspaceConfig {
  readonly name: string;
  readonly host: string;
  readonly credentials: 'managed-identity' | { readonly token: Secret };
}

export function readWorkspaces(
  settings: Settings,
  estate: Estate | undefined,
  names: readonly string[] | undefined,
): WorkspaceConfig[] {
  const hosts = readHosts(settings, names);
  const token = settings.optional('DATABRICKS_TOKEN');
  if (hosts) checkToken(settings, hosts, token);
  if (!estate) return [];
  return workspacesOf(estate).map(({ workspace: { name, url } }) => {
    const host = hosts?.get(name) ?? new URL(url).origin;
    return { name, host, credentials: isLocal(host) && token ? { token: new Secret(token) } : 'managed-identity' };
  });
}

function checkToken(settings: Settings, hosts: ReadonlyMap<string, string>, token: string | undefined): void {
  const hasLocal = [...hosts.values()].some(isLocal);
  if (!token && hasLocal) {
    settings.missing('DATABRICKS_TOKEN', 'is missing: WORKSPACE_HOSTS names a workspace on this machine');
  }
  if (token && !hasLocal) {
    const detail = 'is only for simulated workspaces on this machine; real ones are reached by managed identity';
    settings.fault(['DATABRICKS_TOKEN'], detail);
  }
}

function isLocal(host: string): boolean {
  return isLoopback(new URL(host).hostname);
}

const FORM = '{"<workspace>": "https://<host>"}';
const hostsSchema = z.record(z.string(), z.string());

/** Addresses by workspace; undefined when not all of them can be read, so that nothing is concluded from the rest. */
function readHosts(settings: Settings, names: readonly string[] | undefined): ReadonlyMap<string, string> | undefined {
  const before = settings.faults.length;
  const hosts = hostsSchema.safeParse(settings.json('WORKSPACE_HOSTS', FORM) ?? {});
  if (!hosts.success) return settings.fault(['WORKSPACE_HOSTS'], `must be an object: ${FORM}`);
  const origins = new Map<string, string>();
  for (const [name, host] of Object.entries(hosts.data)) {
    const place = ['WORKSPACE_HOSTS', name];
    const isKnown = names?.includes(name) ?? true;
    if (!isKnown) settings.fault(place, `is no workspace of the estate: it has ${names?.join(', ')}`);
    if (isOrigin(host)) origins.set(name, new URL(host).origin);
    else settings.fault(place, 'must be https:// and a host name alone; plain http is only for this machine');
  }
  return settings.faults.length === before ? origins : undefined;
}
