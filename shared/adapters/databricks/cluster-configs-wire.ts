// Databricks' JSON about configurations, node types and pools -> the port's values.
import * as z from 'zod';
import { collectionsWithSecrets, restorableSettings, withoutSecrets } from '../../domain/clusters/cluster-settings.ts';
import type { NodeType } from '../../domain/clusters/node-types.ts';
import type { Settings } from '../../domain/runbooks/settings-change.ts';
import type { InstancePool } from '../../ports/workspace-pools.ts';

const entries = z.record(z.string(), z.unknown()).catch({});
const flag = z.boolean().catch(false);

export function entriesOf(value: unknown): Record<string, unknown> {
  return entries.parse(value);
}

/** The members that Lakewarden reads. `azure_attributes.availability` is one of `azure_attributes`. */
const TOP_LEVEL = new Set(restorableSettings.map((path) => path.split('.')[0] ?? path));
const WITH_SECRETS: ReadonlySet<string> = new Set(collectionsWithSecrets);

/** Of a whole cluster as `get` or `list` tell it; secrets stay behind, and a collection without entries counts as not set. */
export function settingsIn(cluster: Readonly<Record<string, unknown>>): Settings {
  const known = Object.entries(cluster).filter(([name, value]) => TOP_LEVEL.has(name) && value !== null);
  const shown = known.map(([name, value]) => [name, WITH_SECRETS.has(name) ? withoutSecrets(entriesOf(value)) : value]);
  return asSet(Object.fromEntries(shown.filter(([, value]) => !isNone(value))));
}

/** A cluster that scales by itself also tells how many workers it wants just now (`target_workers`, `num_workers`), which nobody has set. */
function asSet(settings: Settings): Settings {
  const range = rangeSchema.safeParse(settings.autoscale).data;
  if (!range) return settings;
  const { num_workers: _now, ...rest } = settings;
  return { ...rest, autoscale: range };
}

const rangeSchema = z.object({ min_workers: z.number(), max_workers: z.number() });

function isNone(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

export const collectionsAnswer = z.object({ spark_conf: entries, spark_env_vars: entries });

const nodeTypeSchema = z
  .object({
    node_type_id: z.string(),
    num_cores: z.number(),
    num_gpus: z.number().catch(0),
    memory_mb: z.number(),
    category: z.string().catch(''),
    is_deprecated: flag,
    is_hidden: flag,
    is_graviton: flag,
    photon_driver_capable: flag,
    photon_worker_capable: flag,
  })
  .transform(
    (wire): NodeType => ({
      id: wire.node_type_id,
      cores: wire.num_cores,
      gpus: wire.num_gpus,
      memoryMb: wire.memory_mb,
      category: wire.category,
      arm: wire.is_graviton,
      photon: wire.photon_driver_capable && wire.photon_worker_capable,
      fading: wire.is_deprecated || wire.is_hidden,
    }),
  );

export const nodeTypesAnswer = z.object({
  node_types: z.array(z.unknown()).transform((rows) => rows.flatMap((row) => nodeTypeSchema.safeParse(row).data ?? [])),
});

const count = z.number().catch(0);

export const poolAnswer = z
  .looseObject({
    instance_pool_id: z.string(),
    instance_pool_name: z.string(),
    node_type_id: z.string(),
    max_capacity: z.number().optional(),
    stats: z.object({ used_count: count, pending_used_count: count }).catch({ used_count: 0, pending_used_count: 0 }),
  })
  .transform((wire): { readonly pool: InstancePool; readonly whole: Record<string, unknown> } => ({
    pool: {
      id: wire.instance_pool_id,
      name: wire.instance_pool_name,
      nodeType: wire.node_type_id,
      used: wire.stats.used_count + wire.stats.pending_used_count,
      ...(wire.max_capacity === undefined ? {} : { maxCapacity: wire.max_capacity }),
    },
    whole: wire,
  }));
