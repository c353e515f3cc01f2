// Instance pools API 2.0, and `/_sim/pools`. What an edit may change, and what it unsets when it is not sent.
import { z } from 'zod';
import type { Answer, Request } from '../simulator/http-server.ts';
import { datedId } from './dated-id.ts';
import { invalid } from './errors.ts';
import { isNodeType } from './node-types.ts';
import { editedPool, newPool, type Pool, type PoolSettings } from './pool.ts';
import { POOL_AUTOTERMINATION_MINUTES, POOL_NAME_LENGTH } from './refusals.ts';
import { type Route, requiredText } from './router.ts';
import { readSimBody } from './sim-body.ts';
import { momentOf, type WorkspaceState } from './state.ts';

type Fields = Record<string, unknown>;

const count = z.int().nonnegative();
const optional = {
  min_idle_instances: count.default(0),
  max_capacity: count.optional(),
  idle_instance_autotermination_minutes: count
    .max(POOL_AUTOTERMINATION_MINUTES.max)
    .default(POOL_AUTOTERMINATION_MINUTES.default),
  custom_tags: z.record(z.string(), z.string()).optional(),
  preloaded_spark_versions: z.array(z.string()).optional(),
  azure_attributes: z
    .object({ availability: z.string().optional(), spot_bid_max_price: z.number().optional() })
    .optional(),
  enable_elastic_disk: z.boolean().optional(),
};
/** Unknown fields are dropped, as the service does. */
const settingsSchema = z.object({ instance_pool_name: z.string(), node_type_id: z.string(), ...optional });
const seedSchema = settingsSchema
  .partial({ instance_pool_name: true, node_type_id: true })
  .extend({ instance_pool_id: z.string().optional(), idle: count.optional(), usedElsewhere: count.optional() })
  .strict();

export type PoolSeed = z.input<typeof seedSchema>;

export function poolRoutes(workspace: WorkspaceState): Route[] {
  const { pools, caller } = workspace;
  const route = (method: 'GET' | 'POST', verb: string, serve: Route['serve']): Route => {
    return { method, path: `/api/2.0/instance-pools/${verb}`, limit: 'pools', serve };
  };
  const named = (fields: Fields | URLSearchParams) => pools.get(requiredText(fields, 'instance_pool_id'));
  return [
    route('GET', 'list', () => {
      const all = pools.all().map((pool) => view(pool, workspace));
      return all.length > 0 ? { instance_pools: all } : {};
    }),
    route('GET', 'get', ({ query }) => view(named(query), workspace)),
    route('POST', 'create', ({ body }) => {
      const pool = newPool(datedId(workspace.clock.now(), 'sim1-pool-'), checked(body, workspace), caller.userName);
      pools.put(pool);
      return { instance_pool_id: pool.id };
    }),
    route('POST', 'edit', ({ body }) => {
      const pool = named(body);
      pools.put(editedPool(pool, checked(body, workspace, pool), momentOf(workspace)));
      return {};
    }),
    route('POST', 'delete', ({ body }) => {
      pools.remove(named(body).id);
      return {};
    }),
  ];
}

function checked(body: Fields, { pools }: WorkspaceState, before?: Pool): PoolSettings {
  const name = requiredText(body, 'instance_pool_name');
  const type = requiredText(body, 'node_type_id');
  const result = settingsSchema.safeParse(body);
  if (!result.success) throw invalid(z.prettifyError(result.error));
  const { min_idle_instances: minimum, max_capacity: capacity } = result.data;
  if (name.length > POOL_NAME_LENGTH)
    throw invalid(`The pool name must be at most ${POOL_NAME_LENGTH} characters long.`);
  if (!isNodeType(type)) throw invalid(`Node type ${type} is not supported.`);
  if (before && before.settings.node_type_id !== type)
    throw invalid('The node type of an instance pool cannot be changed.');
  if (capacity !== undefined && minimum > capacity) throw invalid('min_idle_instances must not exceed max_capacity.');
  if (pools.all().some((other) => other.id !== before?.id && other.settings.instance_pool_name === name)) {
    throw invalid(`An instance pool with name ${name} already exists.`);
  }
  return result.data;
}

function view(pool: Pool, { pools }: WorkspaceState): Fields {
  const { used, pending } = pools.use(pool.id);
  const { settings, id, creator, errors } = pool;
  return {
    instance_pool_id: id,
    ...settings,
    default_tags: { Vendor: 'Databricks', DatabricksInstancePoolCreatorId: creator, DatabricksInstancePoolId: id },
    state: 'ACTIVE',
    stats: {
      used_count: used + pool.usedElsewhere,
      idle_count: pool.idle,
      pending_used_count: pending,
      pending_idle_count: pool.arriving.reduce((sum, one) => sum + one.count, 0),
    },
    status:
      errors.length > 0 ? { pending_instance_errors: errors.map((message) => ({ instance_id: '', message })) } : {},
  };
}

/** `GET`, `PUT` and `DELETE /_sim/pools/{id}`. */
export function poolControl(workspace: WorkspaceState): (request: Request) => Answer | undefined {
  const { pools } = workspace;
  return ({ method, url, body }) => {
    const [, , area, encodedId] = url.pathname.split('/');
    if (area !== 'pools') return undefined;
    if (!encodedId)
      return method === 'GET' ? { status: 200, body: pools.all().map((pool) => view(pool, workspace)) } : undefined;
    const id = decodeURIComponent(encodedId);
    if (method === 'PUT') return { status: 200, body: view(seedPool(id, body, workspace), workspace) };
    const pool = pools.find(id);
    if (!pool) return { status: 404, body: { error: `there is no pool ${id}` } };
    if (method === 'GET') return { status: 200, body: view(pool, workspace) };
    if (method !== 'DELETE') return undefined;
    pools.remove(id);
    return { status: 204 };
  };
}

/** A pool from outside; a new one has its idle machines at once. */
export function seedPool(id: string, input: unknown, { pools, caller }: WorkspaceState): Pool {
  const known = pools.find(id);
  const seed = readSimBody(seedSchema, known ? { ...known.settings, ...Object(input) } : input, 'no such pool');
  const { idle, usedElsewhere, instance_pool_id: _id, ...given } = seed;
  const settings = {
    ...given,
    instance_pool_name: given.instance_pool_name ?? id,
    node_type_id: given.node_type_id ?? 'Standard_DS3_v2',
  };
  const pool = known ?? newPool(id, settings, caller.userName);
  return pools.put({
    ...pool,
    settings,
    idle: idle ?? (known ? pool.idle : settings.min_idle_instances),
    usedElsewhere: usedElsewhere ?? pool.usedElsewhere,
  });
}
