// What one simulated workspace holds, and the few things every API of it needs: its clusters as of now, its caller, its limits.
import type { Clock } from '../simulator/clock.ts';
import type { Cluster, Moment } from './cluster.ts';
import { noSuchCluster, refusal } from './errors.ts';
import type { LimitName } from './refusals.ts';
import { settle } from './transitions.ts';

export interface Caller {
  /** The user name, or the application id of a service principal. */
  readonly userName: string;
  readonly displayName: string;
}

export interface ClusterStore {
  /** The cluster after everything that is due has happened. */
  find(id: string): Cluster | undefined;
  /** Refuses in the API's words if there is none. */
  get(id: string): Cluster;
  all(): Cluster[];
  put(cluster: Cluster): Cluster;
  remove(id: string): boolean;
}

export interface WorkspaceState {
  readonly id: string;
  readonly clock: Clock;
  readonly timeScale: number;
  readonly caller: Caller;
  readonly clusters: ClusterStore;
  readonly emptyPageEvery: number;
  /** Refuses with 429 when the limit is used up. */
  throttle(limit: LimitName, tokens?: number): void;
}

export type Permission = 'NONE' | 'CAN_ATTACH_TO' | 'CAN_RESTART' | 'CAN_MANAGE';
/** From less to more: each includes those before it. */
const PERMISSIONS: readonly string[] = ['NONE', 'CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'] satisfies Permission[];

export function createClusterStore(clock: Clock): ClusterStore {
  const clusters = new Map<string, Cluster>();
  function find(id: string): Cluster | undefined {
    const cluster = clusters.get(id);
    return cluster && put(settle(cluster, clock.now()));
  }
  function put(cluster: Cluster): Cluster {
    clusters.set(cluster.id, cluster);
    return cluster;
  }
  return {
    find,
    get(id) {
      const cluster = find(id);
      if (!cluster) throw noSuchCluster(id);
      return cluster;
    },
    all: () => [...clusters.keys()].flatMap((id) => find(id) ?? []),
    put,
    remove: (id) => clusters.delete(id),
  };
}

export function momentOf(workspace: WorkspaceState): Moment {
  return { now: workspace.clock.now(), user: workspace.caller.userName, timeScale: workspace.timeScale };
}

export function demand(cluster: Cluster, permission: Permission, caller: Caller): Cluster {
  if (PERMISSIONS.indexOf(cluster.callerMay) >= PERMISSIONS.indexOf(permission)) return cluster;
  const right = { NONE: 'View', CAN_ATTACH_TO: 'Attach', CAN_RESTART: 'Restart', CAN_MANAGE: 'Manage' }[permission];
  throw refusal(
    403,
    'PERMISSION_DENIED',
    `${caller.userName} does not have ${right} permissions on ${cluster.id}. Please contact the owner or an administrator for access.`,
  );
}
