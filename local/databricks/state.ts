// What one simulated workspace holds, and the few things every API of it needs: its clusters as of now, its caller, its limits.
import { type KeptMap, keptNowhere } from '../durable/kept-map.ts';
import type { Clock } from '../simulator/clock.ts';
import type { Cluster, Moment } from './cluster.ts';
import { noSuchCluster, refusal } from './errors.ts';
import type { Obstacles } from './obstacles.ts';
import type { Pools } from './pools.ts';
import type { LimitName } from './refusals.ts';
import type { Tables } from './tables.ts';
import { settle } from './transitions.ts';
import type { WarehouseStore } from './warehouse-store.ts';

export interface Caller {
  /** The user name, or the application id of a service principal. */
  readonly userName: string;
  readonly displayName: string;
}

export interface ClusterStore {
  /** Whether there is or ever was one of that id. */
  isKnown(id: string): boolean;
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
  /** As Azure names it in its messages. */
  readonly region: string;
  readonly obstacles: Obstacles;
  readonly pools: Pools;
  readonly warehouses: WarehouseStore;
  readonly tables: Tables;
  /** Refuses with 429 when the limit is used up. */
  throttle(limit: LimitName, tokens?: number): void;
  readonly kept: KeptMap;
}

export type Permission = 'NONE' | 'CAN_ATTACH_TO' | 'CAN_RESTART' | 'CAN_MANAGE';
/** From less to more: each includes those before it. */
const PERMISSIONS: readonly string[] = ['NONE', 'CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'] satisfies Permission[];

const KEPT = 'cluster/';

export function createClusterStore(clock: Clock, kept: KeptMap = keptNowhere): ClusterStore {
  const clusters = new Map<string, Cluster>();
  const removed = new Set<string>();
  for (const [id, cluster] of kept.under(KEPT)) {
    if (isCluster(cluster)) clusters.set(id, cluster);
    else removed.add(id);
  }
  function find(id: string): Cluster | undefined {
    const cluster = clusters.get(id);
    return cluster && put(settle(cluster, clock.now()));
  }
  function put(cluster: Cluster): Cluster {
    // Most reads change nothing.
    if (clusters.get(cluster.id) !== cluster) kept.set(KEPT + cluster.id, cluster);
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
    remove(id) {
      // Remembered as gone: a start must not seed it anew.
      kept.set(KEPT + id, null);
      removed.add(id);
      return clusters.delete(id);
    },
    isKnown: (id) => clusters.has(id) || removed.has(id),
  };
}

function isCluster(value: unknown): value is Cluster {
  return typeof value === 'object' && value !== null && 'id' in value && 'state' in value && 'due' in value;
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
