// SQL warehouses API 2.0: list by pages, get, create, edit, start, stop, delete.
import { randomBytes } from 'node:crypto';
import type { Moment } from './cluster.ts';
import { noSuchWarehouse } from './errors.ts';
import { warehouseNodes } from './node-request.ts';
import type { Pages } from './pages.ts';
import { WAREHOUSE_PAGE } from './refusals.ts';
import { pageSize, type Route } from './router.ts';
import { momentOf, type WorkspaceState } from './state.ts';
import {
  deleteWarehouse,
  editWarehouse,
  newWarehouse,
  startWarehouse,
  stopWarehouse,
  type Warehouse,
  type WarehouseSettings,
  wordsOf,
} from './warehouse.ts';
import { checkSettings, settingsFrom } from './warehouse-settings.ts';

type Fields = Record<string, unknown>;
/** What one call makes of one warehouse; it throws what the workspace refuses. */
type Change = (warehouse: Warehouse, body: Fields, workspace: WorkspaceState) => Warehouse;

export const WAREHOUSE_VERBS = ['start', 'stop', 'edit', 'delete'] as const;
type Verb = (typeof WAREHOUSE_VERBS)[number];

const CHANGES: Record<Verb, Change> = {
  start: (warehouse, _body, workspace) =>
    startWarehouse(warehouse, starting(warehouse.settings, warehouse.id, workspace)),
  stop: (warehouse, _body, workspace) => stopWarehouse(warehouse, momentOf(workspace)),
  edit: editOne,
  delete: deleteOne,
};

export function warehouseRoutes(workspace: WorkspaceState, pages: Pages): Route[] {
  const { warehouses } = workspace;
  const path = '/api/2.0/sql/warehouses';
  const route = (method: Route['method'], rest: string, serve: Route['serve']): Route => {
    return { method, path: path + rest, limit: 'sql', serve };
  };
  const call =
    (verb: Verb): Route['serve'] =>
    ({ params, body }) => {
      changeWarehouse(verb, warehouses.get(params.id ?? ''), { body, workspace });
      return {};
    };
  return [
    { ...route('GET', '', ({ query }) => list(query, workspace, pages)), isPage: true },
    route('POST', '', ({ body }) => create(body, workspace)),
    route('GET', '/{id}', ({ params }) => warehouseView(warehouses.get(params.id ?? ''), workspace)),
    route('DELETE', '/{id}', call('delete')),
    route('POST', '/{id}/start', call('start')),
    route('POST', '/{id}/stop', call('stop')),
    route('POST', '/{id}/edit', call('edit')),
  ];
}

export function changeWarehouse(
  verb: Verb,
  warehouse: Warehouse,
  { body, workspace }: { body: Fields; workspace: WorkspaceState },
): Warehouse {
  return workspace.warehouses.put(CHANGES[verb](warehouse, body, workspace));
}

/** Its machines are asked for like those of a cluster; serverless ones are Databricks' own. */
export function starting(settings: WarehouseSettings, id: string, workspace: WorkspaceState): Moment {
  const { cluster_size, min_num_clusters, enable_serverless_compute: serverless } = settings;
  const nodes = serverless ? [] : warehouseNodes(cluster_size, min_num_clusters);
  const { obstacles, region } = workspace;
  return { ...momentOf(workspace), obstacle: () => obstacles.bite({ id, region, nodes }) };
}

function editOne(warehouse: Warehouse, body: Fields, workspace: WorkspaceState): Warehouse {
  const settings = settingsFrom(body, warehouse.settings);
  const edited = editWarehouse(warehouse, settings, starting(settings, warehouse.id, workspace));
  checkSettings(settings, warehouse.id, workspace.warehouses.all());
  return edited;
}

function deleteOne(warehouse: Warehouse, _body: Fields, workspace: WorkspaceState): Warehouse {
  if (warehouse.state === 'DELETED') throw noSuchWarehouse(warehouse.id);
  return deleteWarehouse(warehouse, momentOf(workspace));
}

/** A new one starts at once. */
function create(body: Fields, workspace: WorkspaceState): unknown {
  const { warehouses, caller } = workspace;
  const id = randomBytes(8).toString('hex');
  const settings = checkSettings(settingsFrom(body), id, warehouses.all());
  warehouses.put(startWarehouse(newWarehouse(id, settings, caller.userName), starting(settings, id, workspace)));
  return { id };
}

function list(query: URLSearchParams, workspace: WorkspaceState, pages: Pages): unknown {
  const { warehouses } = workspace;
  const ids = () =>
    warehouses
      .all()
      .filter(({ state }) => state !== 'DELETED')
      .map(({ id }) => id);
  const { taken, next } = pages.take(query, { size: pageSize(query.get('page_size'), WAREHOUSE_PAGE), ids });
  const found = taken.flatMap((id) => warehouses.find(id) ?? []);
  return {
    ...(found.length > 0 && { warehouses: found.map((warehouse) => warehouseView(warehouse, workspace)) }),
    ...(next !== '' && { next_page_token: next }),
  };
}

export function warehouseView(warehouse: Warehouse, workspace: WorkspaceState): Fields {
  const { id, settings, creator, state } = warehouse;
  const hostname = `adb-${workspace.id}.0.azuredatabricks.net`;
  const path = `/sql/1.0/warehouses/${id}`;
  return {
    id,
    ...settings,
    creator_name: creator,
    state,
    num_clusters: state === 'RUNNING' ? settings.min_num_clusters : 0,
    num_active_sessions: 0,
    jdbc_url: `jdbc:spark://${hostname}:443/default;transportMode=http;ssl=1;AuthMech=3;httpPath=${path};`,
    odbc_params: { hostname, path, protocol: 'https', port: 443 },
    ...healthOf(warehouse),
  };
}

/** A stopped warehouse has none, unless it is stopped because it failed. [facts 4] */
function healthOf({ health, state }: Warehouse): Fields {
  if (health) return { health: { ...health, ...(health.summary !== undefined && { message: wordsOf(health) }) } };
  return state === 'RUNNING' ? { health: { status: 'HEALTHY' } } : {};
}
