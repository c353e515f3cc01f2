// The instance pools of a workspace, and what their being full or gone means for a cluster that wants machines of them.
import type { KeptMap } from '../durable/kept-map.ts';
import type { Clock } from '../simulator/clock.ts';
import { type Cluster, type TerminationReason, wantedWorkers } from './cluster.ts';
import type { Spec } from './cluster-spec.ts';
import { noSuchPool } from './errors.ts';
import type { NodeRequest } from './node-request.ts';
import type { Obstacles } from './obstacles.ts';
import { hasRoom, type Pool, settlePool } from './pool.ts';
import { DURATION_SECONDS } from './refusals.ts';

export interface Pools {
  /** Refuses in the API's words if there is none. */
  get(id: string): Pool;
  find(id: string): Pool | undefined;
  all(): Pool[];
  put(pool: Pool): Pool;
  remove(id: string): void;
  /** Whether there is or ever was one of that id. */
  isKnown(id: string): boolean;
  /** How many machines of it are with clusters that are up, and with clusters that come up. */
  use(id: string): { used: number; pending: number };
  /** Machines that the pools have to ask Azure for, or why the pools do not give them. */
  draw(spec: Spec, workers: number, withDriver: boolean): readonly NodeRequest[] | TerminationReason;
}

interface Surroundings {
  readonly clock: Clock;
  readonly timeScale: number;
  readonly kept: KeptMap;
  readonly region: string;
  readonly clusters: { all(): Cluster[] };
  readonly obstacles: Obstacles;
}

const KEPT = 'pool/';

export function createPools(workspace: Surroundings): Pools {
  const { clock, timeScale, clusters, kept, obstacles, region } = workspace;
  const found = kept.under(KEPT);
  const pools = new Map(found.flatMap(([id, pool]) => (isPool(pool) ? [[id, pool] as const] : [])));
  const removed = new Set(found.flatMap(([id, pool]) => (pool === null ? [id] : [])));

  function put(pool: Pool): Pool {
    if (pools.get(pool.id) !== pool) kept.set(KEPT + pool.id, pool);
    pools.set(pool.id, pool);
    return pool;
  }

  function use(id: string): { used: number; pending: number } {
    const members = clusters
      .all()
      .filter((cluster) => cluster.spec.instance_pool_id !== undefined && !isDoomed(cluster));
    const nodesIn = (states: readonly string[]) =>
      members.filter(({ state }) => states.includes(state)).reduce((sum, { spec }) => sum + nodesOf(spec, id), 0);
    return { pending: nodesIn(['PENDING']), used: nodesIn(['RUNNING', 'RESTARTING', 'RESIZING']) };
  }

  function find(id: string): Pool | undefined {
    const pool = pools.get(id);
    if (!pool) return undefined;
    const { used, pending } = use(id);
    const refused = (count: number) => {
      const reason = obstacles.look({ id, region, nodes: [machinesOf(pool, count)] });
      return reason?.parameters?.azure_error_message;
    };
    const arrivalSeconds = DURATION_SECONDS.poolInstance;
    return put(settlePool(pool, { now: clock.now(), used: used + pending, timeScale, arrivalSeconds, refused }));
  }

  function drawOne(id: string, nodes: number): NodeRequest | TerminationReason | undefined {
    const pool = find(id);
    if (!pool) return poolFailure('INSTANCE_POOL_NOT_FOUND', id);
    if (!hasRoom(pool, nodes)) return poolFailure('INSTANCE_POOL_MAX_CAPACITY_REACHED', id);
    const fresh = Math.max(0, nodes - pool.idle);
    return fresh === 0 ? undefined : machinesOf(pool, fresh);
  }

  return {
    find,
    put,
    use,
    all: () => [...pools.keys()].flatMap((id) => find(id) ?? []),
    get(id) {
      const pool = find(id);
      if (!pool) throw noSuchPool(id);
      return pool;
    },
    remove(id) {
      // Remembered as gone: a start must not seed it anew.
      kept.set(KEPT + id, null);
      removed.add(id);
      pools.delete(id);
    },
    isKnown: (id) => pools.has(id) || removed.has(id),
    draw(spec, workers, withDriver) {
      const drawn = [...poolNodes(spec, workers, withDriver)].map(([id, nodes]) => drawOne(id, nodes));
      const failure = drawn.find((one) => one !== undefined && 'code' in one);
      if (failure && 'code' in failure) return failure;
      return drawn.flatMap((one) => (one && 'nodeType' in one ? [one] : []));
    },
  };
}

/** Driver and workers may be of different pools. */
function poolNodes(spec: Spec, workers: number, withDriver = true): Map<string, number> {
  const { instance_pool_id: pool, driver_instance_pool_id: driverPool = pool } = spec;
  const nodes = new Map<string, number>();
  if (typeof pool === 'string') nodes.set(pool, workers);
  if (withDriver && typeof driverPool === 'string') nodes.set(driverPool, (nodes.get(driverPool) ?? 0) + 1);
  return nodes;
}

/** On a way up that ends in a failure: it never gets its machines. */
function isDoomed({ state, due }: Cluster): boolean {
  return state === 'PENDING' && due.some(({ change }) => change.to === 'terminating');
}

function nodesOf(spec: Spec, pool: string): number {
  return poolNodes(spec, wantedWorkers(spec)).get(pool) ?? 0;
}

function machinesOf({ settings }: Pool, nodes: number): NodeRequest {
  const isSpot = settings.azure_attributes?.availability === 'SPOT_AZURE';
  return { nodeType: settings.node_type_id, nodes, tier: isSpot ? 'spot' : 'on-demand' };
}

/** The parameters are those of the clusters API 2.0, whose pool codes were these. [azure: poolclusterterminationcode] */
function poolFailure(code: string, id: string): TerminationReason {
  const instance_pool_error_code = {
    INSTANCE_POOL_NOT_FOUND: 'INSTANCE_POOL_NOT_FOUND_FAILURE',
    INSTANCE_POOL_MAX_CAPACITY_REACHED: 'INSTANCE_POOL_MAX_CAPACITY_FAILURE',
  }[code];
  const parameters = { instance_pool_id: id, ...(instance_pool_error_code && { instance_pool_error_code }) };
  return { code, type: 'CLIENT_ERROR', parameters };
}

function isPool(value: unknown): value is Pool {
  return typeof value === 'object' && value !== null && 'id' in value && 'settings' in value && 'arriving' in value;
}
