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
  const local = [...hosts].filter(([, host]) => isLoopback(new URL(host).hostname));
  if (token && local.length === 0) {
    settings.fault(
      ['DATABRICKS_TOKEN'],
      'is only for simulated workspaces on this machine; real ones are reached by managed identity',
    );
  }
  if (!token && local.length > 0) {
    settings.fault(['DATABRICKS_TOKEN'], 'is missing: WORKSPACE_HOSTS names a workspace on this machine');
  }
  if (!estate) return [];
  return workspacesOf(estate).map(({ workspace: { name, url } }) => {
    const host = hosts.get(name) ?? new URL(url).origin;
    const isLocal = isLoopback(new URL(host).hostname);
    return { name, host, credentials: isLocal && token ? { token: new Secret(token) } : 'managed-identity' };
  });
}

const hostsSchema = z.record(z.string(), z.string());

function readHosts(settings: Settings, names: readonly string[] | undefined): Map<string, string> {
  const form = '{"<workspace>": "https://<host>"}';
  const json = settings.json('WORKSPACE_HOSTS', form);
  if (json === undefined) return new Map();
  const hosts = hostsSchema.safeParse(json);
  if (!hosts.success) {
    settings.fault(['WORKSPACE_HOSTS'], `must be an object: ${form}`);
    return new Map();
  }
  const entries = Object.entries(hosts.data).flatMap(([name, host]): [string, string][] => {
    const place = ['WORKSPACE_HOSTS', name];
    if (names && !names.includes(name))
      settings.fault(place, `is no workspace of the estate: it has ${names.join(', ')}`);
    if (isOrigin(host)) return [[name, new URL(host).origin]];
    settings.fault(place, 'must be https:// and a host name alone; plain http is only for this machine');
    return [];
  });
  return new Map(entries);
}
