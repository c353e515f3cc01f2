// SQL warehouses: enough of them for a query to run on, or to wait for one that is stopped (which starts it, and costs).
import { refusal } from './errors.ts';
import { DURATION_SECONDS } from './refusals.ts';
import type { Route } from './router.ts';
import type { WorkspaceState } from './state.ts';

export interface WarehouseSeed {
  readonly id: string;
  readonly name: string;
  readonly state?: 'RUNNING' | 'STOPPED';
  readonly cluster_size?: string;
  readonly auto_stop_mins?: number;
}

export interface Warehouse {
  readonly id: string;
  readonly name: string;
  readonly clusterSize: string;
  readonly autoStopMinutes: number;
  /** Where it is, or will be from `since` on. */
  target: 'RUNNING' | 'STOPPED';
  since: number;
}

export interface Warehouses {
  find(id: string): Warehouse | undefined;
  start(warehouse: Warehouse): void;
  readonly routes: Route[];
}

const KEPT = 'warehouse/';

export function createWarehouses(workspace: WorkspaceState, seeds: readonly WarehouseSeed[]): Warehouses {
  const { clock, timeScale, kept } = workspace;
  const warehouses = new Map(seeds.map((seed) => [seed.id, fromSeed(seed)]));
  for (const [id, found] of kept.under(KEPT)) Object.assign(warehouses.get(id) ?? {}, courseIn(found));

  function get(id = ''): Warehouse {
    const warehouse = warehouses.get(id);
    if (!warehouse) throw refusal(404, 'RESOURCE_DOES_NOT_EXIST', `SQL warehouse ${id} does not exist.`);
    return warehouse;
  }

  function move(warehouse: Warehouse, target: Warehouse['target'], seconds: number): void {
    if (warehouse.target === target) return;
    warehouse.target = target;
    warehouse.since = clock.now() + (seconds * 1000) / timeScale;
    kept.set(KEPT + warehouse.id, { target, since: warehouse.since });
  }

  const start = (warehouse: Warehouse) => move(warehouse, 'RUNNING', DURATION_SECONDS.warehouseStart);
  const stop = (warehouse: Warehouse) => move(warehouse, 'STOPPED', DURATION_SECONDS.warehouseStop);
  const path = '/api/2.0/sql/warehouses';
  const post = (verb: string, act: (warehouse: Warehouse) => void): Route => ({
    method: 'POST',
    path: `${path}/{id}/${verb}`,
    limit: 'sql',
    serve({ params }) {
      act(get(params.id));
      return {};
    },
  });
  const routes: Route[] = [
    {
      method: 'GET',
      path,
      limit: 'sql',
      serve: () => ({ warehouses: [...warehouses.values()].map((warehouse) => view(warehouse, clock.now())) }),
    },
    { method: 'GET', path: `${path}/{id}`, limit: 'sql', serve: ({ params }) => view(get(params.id), clock.now()) },
    post('start', start),
    post('stop', stop),
  ];
  return { find: (id) => warehouses.get(id), start, routes };
}

/** Where a warehouse was on its way to. */
function courseIn(value: unknown): Partial<Pick<Warehouse, 'target' | 'since'>> {
  const { target, since } = Object(value);
  if ((target !== 'RUNNING' && target !== 'STOPPED') || typeof since !== 'number') return {};
  return { target, since };
}

function fromSeed(seed: WarehouseSeed): Warehouse {
  return {
    id: seed.id,
    name: seed.name,
    clusterSize: seed.cluster_size ?? '2X-Small',
    autoStopMinutes: seed.auto_stop_mins ?? 30,
    target: seed.state ?? 'RUNNING',
    since: 0,
  };
}

function view(warehouse: Warehouse, now: number): Record<string, unknown> {
  const { id, name, target } = warehouse;
  const onTheWay = target === 'RUNNING' ? 'STARTING' : 'STOPPING';
  const state = now < warehouse.since ? onTheWay : target;
  return {
    id,
    name,
    state,
    cluster_size: warehouse.clusterSize,
    auto_stop_mins: warehouse.autoStopMinutes,
    min_num_clusters: 1,
    max_num_clusters: 1,
    num_clusters: state === 'RUNNING' ? 1 : 0,
    num_active_sessions: 0,
    warehouse_type: 'PRO',
    enable_serverless_compute: false,
    // A stopped warehouse has none. [facts 4]
    ...(state === 'RUNNING' && { health: { status: 'HEALTHY' } }),
  };
}
