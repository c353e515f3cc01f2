// SQL warehouses from outside: as the start of a workspace, and by `/_sim/warehouses`. Takes the API's own field names; a field
// that does not exist is refused, since a typing error would otherwise test nothing.
import { z } from 'zod';
import type { Answer, Request } from '../simulator/http-server.ts';
import type { StartOrder } from './cluster.ts';
import { orderOf, reasonOf, reasonSchema, startOrderSchema } from './cluster-seed.ts';
import { WAREHOUSE_DEFAULTS } from './refusals.ts';
import { DEFAULT_PERSON, readSimBody } from './sim-body.ts';
import type { WorkspaceState } from './state.ts';
import { failWarehouse, newWarehouse, WAREHOUSE_STATES, type Warehouse, type WarehouseSettings } from './warehouse.ts';
import { changeWarehouse, WAREHOUSE_VERBS, warehouseView } from './warehouses-api.ts';

const settingsSchema = z.strictObject({
  name: z.string(),
  cluster_size: z.string(),
  auto_stop_mins: z.int(),
  min_num_clusters: z.int(),
  max_num_clusters: z.int(),
  enable_photon: z.boolean(),
  enable_serverless_compute: z.boolean(),
  warehouse_type: z.string(),
  spot_instance_policy: z.string(),
  channel: z.unknown(),
  tags: z.unknown(),
});
const healthSchema = z.strictObject({
  status: z.enum(['HEALTHY', 'DEGRADED', 'FAILED']),
  summary: z.string().optional(),
  details: z.string().optional(),
  failure_reason: reasonSchema.optional(),
});
const seedSchema = settingsSchema.partial().extend({
  id: z.string().optional(),
  state: z.enum(WAREHOUSE_STATES).optional(),
  creator_name: z.string().optional(),
  /** Null: what its state says. */
  health: healthSchema.nullable().optional(),
  /** One for each of the next starts: it fails with this, or is slow. */
  onStart: z.array(startOrderSchema).optional(),
  /** While RUNNING: queries are answered, never end, or fail with a message. */
  queries: z
    .discriminatedUnion('mode', [
      z.strictObject({ mode: z.enum(['answer', 'hang']) }),
      z.strictObject({ mode: z.literal('fail'), message: z.string() }),
    ])
    .optional(),
});
const handSchema = z.strictObject({
  action: z.enum(WAREHOUSE_VERBS),
  user: z.string().default(DEFAULT_PERSON),
  body: z.record(z.string(), z.unknown()).default({}),
});

export type WarehouseSeed = z.input<typeof seedSchema>;

const DEFAULTS: Omit<WarehouseSettings, 'name'> = {
  ...WAREHOUSE_DEFAULTS,
  cluster_size: '2X-Small',
  auto_stop_mins: 30,
  max_num_clusters: 1,
  enable_serverless_compute: false,
  warehouse_type: 'PRO',
  spot_instance_policy: 'COST_OPTIMIZED',
};

/** A warehouse from outside, RUNNING if it is new and nothing else is said; a state is forced at once. */
export function seedWarehouse(id: string, input: unknown, { warehouses, caller }: WorkspaceState): Warehouse {
  const seed = readSimBody(seedSchema, input, 'no such warehouse');
  const { id: _id, state, creator_name, health, onStart, queries, ...given } = seed;
  const known = warehouses.find(id);
  const before = known ?? newWarehouse(id, { name: id, ...DEFAULTS }, caller.userName);
  const forced = state ?? (known ? undefined : 'RUNNING');
  return warehouses.put({
    ...before,
    settings: { ...before.settings, ...defined(given) },
    creator: creator_name ?? before.creator,
    onStart: onStart?.map((order): StartOrder => orderOf(order)) ?? before.onStart,
    queries: queries ?? before.queries,
    ...(forced !== undefined && { state: forced, due: [], health: undefined }),
    ...(health !== undefined && { health: health ?? undefined }),
  });
}

function defined(settings: Partial<Record<keyof WarehouseSettings, unknown>>): Partial<WarehouseSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

export function warehouseControl(workspace: WorkspaceState): (request: Request) => Answer | undefined {
  const { warehouses } = workspace;
  return ({ method, url, body }) => {
    const [, , area, encodedId, verb = ''] = url.pathname.split('/');
    if (area !== 'warehouses') return undefined;
    if (!encodedId)
      return method === 'GET' ? told(warehouses.all().map((one) => everything(one, workspace))) : undefined;
    const id = decodeURIComponent(encodedId);
    if (method === 'PUT' && verb === '') return told(everything(seedWarehouse(id, body, workspace), workspace));
    const warehouse = warehouses.find(id);
    if (!warehouse) return { status: 404, body: { error: `there is no warehouse ${id}` } };
    return act(`${method} ${verb}`, warehouse, { body, workspace });
  };
}

function act(
  call: string,
  warehouse: Warehouse,
  { body, workspace }: { body: unknown; workspace: WorkspaceState },
): Answer | undefined {
  switch (call) {
    case 'GET ':
      return told(everything(warehouse, workspace));
    case 'DELETE ':
      workspace.warehouses.remove(warehouse.id);
      return { status: 204 };
    case 'POST fail': {
      const failed = failWarehouse(warehouse, reasonOf(readSimBody(reasonSchema, body)));
      return told(everything(workspace.warehouses.put(failed), workspace));
    }
    case 'POST human': {
      const { action, user, body: fields } = readSimBody(handSchema, body, 'no such action');
      const caller = { userName: user, displayName: user };
      const given = { body: fields, workspace: { ...workspace, caller } };
      return told(everything(changeWarehouse(action, warehouse, given), workspace));
    }
    default:
      return undefined;
  }
}

function told(body: unknown): Answer {
  return { status: 200, body };
}

/** What the API shows, and beside it what only the simulator knows. */
function everything(warehouse: Warehouse, workspace: WorkspaceState): Record<string, unknown> {
  const { onStart, queries } = warehouse;
  return { ...warehouseView(warehouse, workspace), onStart, queries };
}
