// The settings of a SQL warehouse: what is refused, and what an edit that does not send a field makes of it.
import { invalid, refusal } from './errors.ts';
import { WAREHOUSE_SIZES } from './node-request.ts';
import { WAREHOUSE_DEFAULTS, WAREHOUSE_LIMITS } from './refusals.ts';
import type { Warehouse, WarehouseSettings } from './warehouse.ts';

type Fields = Record<string, unknown>;

/** Of a new one, or of `before` after an edit: name, size, type and serverless stay where they are not sent, the rest is reset. */
export function settingsFrom(body: Fields, before?: WarehouseSettings): WarehouseSettings {
  const { auto_stop_mins, min_num_clusters, enable_photon } = WAREHOUSE_DEFAULTS;
  const minimum = whole(body, 'min_num_clusters', min_num_clusters);
  return {
    name: text(body, 'name', before?.name),
    cluster_size: text(body, 'cluster_size', before?.cluster_size),
    auto_stop_mins: whole(body, 'auto_stop_mins', auto_stop_mins),
    min_num_clusters: minimum,
    // "Defaults to min_clusters if unset." [doc]
    max_num_clusters: whole(body, 'max_num_clusters', minimum),
    enable_photon: flag(body, 'enable_photon', enable_photon),
    enable_serverless_compute: flag(body, 'enable_serverless_compute', before?.enable_serverless_compute ?? false),
    warehouse_type: text(body, 'warehouse_type', before?.warehouse_type ?? 'CLASSIC'),
    spot_instance_policy: text(body, 'spot_instance_policy', 'COST_OPTIMIZED'),
    ...(body.channel !== undefined && { channel: body.channel }),
    ...(body.tags !== undefined && { tags: body.tags }),
  };
}

export function checkSettings(settings: WarehouseSettings, id: string, all: readonly Warehouse[]): WarehouseSettings {
  checkScale(settings);
  checkAutoStop(settings);
  const { name, warehouse_type: type, enable_serverless_compute: serverless, tags } = settings;
  if (name.length >= WAREHOUSE_LIMITS.nameLength)
    throw invalid('The name of a SQL warehouse must be less than 100 characters.');
  if (type !== 'PRO' && type !== 'CLASSIC') throw invalid(`Invalid warehouseType: ${type}.`);
  // [seen: terraform-provider-databricks#2011]
  if (serverless && type !== 'PRO')
    throw invalid('Invalid warehouseType: Serverless is only available for PRO warehouses.');
  const custom = Object(tags).custom_tags;
  if (Array.isArray(custom) && custom.length >= WAREHOUSE_LIMITS.tags)
    throw invalid('Number of tags must be less than 45.');
  const isTaken = all.some((other) => other.id !== id && other.settings.name === name && other.state !== 'DELETED');
  // [seen: terraform-provider-databricks#4750; the code is a guess]
  if (isTaken) throw refusal(400, 'RESOURCE_ALREADY_EXISTS', `SQL warehouse with name \`${name}\` already exists`);
  return settings;
}

function checkScale({ cluster_size: size, min_num_clusters: min, max_num_clusters: max }: WarehouseSettings): void {
  const { minClusters, maxClusters } = WAREHOUSE_LIMITS;
  if (!(size in WAREHOUSE_SIZES)) throw invalid(`${size} is not a valid value for cluster_size.`);
  if (min < 1 || min > Math.min(max, minClusters)) {
    throw invalid(
      `${min} is not a valid value for min_num_clusters. It must be positive and at most ${Math.min(max, minClusters)}.`,
    );
  }
  if (max > maxClusters)
    throw invalid(`${max} is not a valid value for max_num_clusters. It must be at most ${maxClusters}.`);
}

/** [seen: terraform-provider-databricks#4131] Serverless may stop sooner. */
function checkAutoStop({ auto_stop_mins: minutes, enable_serverless_compute: serverless }: WarehouseSettings): void {
  const least = serverless ? 1 : WAREHOUSE_LIMITS.autoStopMinutes;
  if (minutes === 0 || minutes >= least) return;
  throw invalid(
    `${minutes} is not a valid value for auto_stop_mins. The value must be greater than or equal to ${least}.`,
  );
}

function text(body: Fields, field: string, otherwise: string | undefined): string {
  const value = body[field] ?? otherwise;
  if (typeof value !== 'string' || value === '') throw invalid(`Missing required field: ${field}`);
  return value;
}

function whole(body: Fields, field: string, otherwise: number): number {
  const value = body[field] ?? otherwise;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw invalid(`${value} is not a valid value for ${field}.`);
  return value;
}

function flag(body: Fields, field: string, otherwise: boolean): boolean {
  const value = body[field] ?? otherwise;
  if (typeof value !== 'boolean') throw invalid(`${value} is not a valid value for ${field}.`);
  return value;
}
