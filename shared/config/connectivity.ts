// Where each thing that is looked at from outside is reached. Real hosts follow from the estate; a laptop cloud names its own.
import * as z from 'zod';
import type { Estate } from '../domain/estate/estate.ts';
import { type ProbeTarget, targetsOf } from '../domain/probes/target.ts';
import { isLoopback, isOrigin } from './connections.ts';
import type { Settings } from './settings.ts';
import type { WorkspaceConfig } from './workspaces.ts';

const FORM = '{"storage/<account>": "https://<host>"}';
const hostsSchema = z.record(z.string(), z.string());

/**
 * Once hosts are named, or workspaces are simulated, what is not named is not looked at, so that nothing on a laptop reaches out. The
 * workspaces themselves always are, where they are.
 */
export function readConnectivity(
  settings: Settings,
  estate: Estate | undefined,
  workspaces: readonly WorkspaceConfig[],
): ProbeTarget[] {
  const given = settings.json('CONNECTIVITY_HOSTS', FORM);
  const hosts = hostsSchema.safeParse(given ?? {});
  if (!hosts.success) settings.fault(['CONNECTIVITY_HOSTS'], `must be an object: ${FORM}`);
  if (!estate || !hosts.success) return [];
  const targets = targetsOf(estate);
  checkHosts(settings, hosts.data, targets);
  const reachesOut = given === undefined && !workspaces.some(({ host }) => isLoopback(new URL(host).hostname));
  return targets.flatMap((target) => {
    const origin = hosts.data[target.id] ?? hostOf(target, workspaces) ?? (reachesOut ? target.origin : undefined);
    return origin !== undefined && isOrigin(origin) ? [{ ...target, origin: new URL(origin).origin }] : [];
  });
}

function hostOf({ kind, name }: ProbeTarget, workspaces: readonly WorkspaceConfig[]): string | undefined {
  return kind === 'workspace' ? workspaces.find((workspace) => workspace.name === name)?.host : undefined;
}

function checkHosts(
  settings: Settings,
  hosts: Readonly<Record<string, string>>,
  targets: readonly ProbeTarget[],
): void {
  for (const [id, host] of Object.entries(hosts)) {
    const place = ['CONNECTIVITY_HOSTS', id];
    if (!targets.some((target) => target.id === id)) {
      settings.fault(place, `is nothing that is looked at: there is ${targets.map((target) => target.id).join(', ')}`);
    }
    if (!isOrigin(host)) {
      settings.fault(place, 'must be https:// and a host name alone; plain http is only for this machine');
    }
  }
}
