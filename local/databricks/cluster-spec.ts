// The settings of a cluster that a user may give: which there are (others are dropped, as the service does) and what it refuses.
import { invalid } from './errors.ts';
import { isNodeType } from './node-types.ts';
import { AUTOTERMINATION_MINUTES } from './refusals.ts';
import { isRuntime } from './runtimes.ts';

export type Spec = Record<string, unknown>;

/** The request fields of create and edit; clusters/create in the API reference 2.1. */
export const SPEC_FIELDS = new Set([
  'autoscale',
  'autotermination_minutes',
  'azure_attributes',
  'cluster_log_conf',
  'cluster_name',
  'custom_tags',
  'data_security_mode',
  'docker_image',
  'driver_instance_pool_id',
  // Newer than SDK 0.17.0, which drops it at the top level of a request: an edit built from get loses it.
  'driver_node_type_flexibility',
  'driver_node_type_id',
  'enable_elastic_disk',
  'enable_local_disk_encryption',
  'init_scripts',
  'instance_pool_id',
  'is_single_node',
  'kind',
  'node_type_id',
  'num_workers',
  'policy_id',
  'runtime_engine',
  'single_user_name',
  'spark_conf',
  'spark_env_vars',
  'spark_version',
  'ssh_public_keys',
  'use_ml_runtime',
  'worker_node_type_flexibility',
  'workload_type',
]);

/** Whose elements a mask cannot name: "only the entire collection field can be specified". */
const COLLECTIONS = new Set(['custom_tags', 'init_scripts', 'spark_conf', 'spark_env_vars', 'ssh_public_keys']);

export function specOf(body: Spec): Spec {
  return Object.fromEntries(Object.entries(body).filter(([field]) => SPEC_FIELDS.has(field)));
}

export function checkSpec(spec: Spec): Spec {
  if (typeof spec.spark_version !== 'string') throw invalid('Missing required field: spark_version');
  if (!isRuntime(spec.spark_version)) throw invalid(`Invalid spark version ${spec.spark_version}.`);
  checkNodeTypes(spec);
  checkSize(spec);
  checkAutotermination(spec.autotermination_minutes);
  return spec;
}

export function checkSize({ num_workers: workers, autoscale }: Spec): void {
  if (workers !== undefined && autoscale !== undefined) {
    throw invalid('Exactly one of num_workers or autoscale must be specified.');
  }
  if (workers !== undefined && !isCount(workers)) throw invalid('num_workers must be a non-negative integer.');
  if (autoscale === undefined) return;
  const { min_workers: min, max_workers: max } = asRecord(autoscale);
  if (!isCount(min) || !isCount(max) || min > max) throw invalid('autoscale needs min_workers <= max_workers.');
}

/** Applies a field mask (google.aip.dev/161): named fields take the new value, or vanish where there is none. */
export function applyMask(spec: Spec, mask: string, change: Spec): Spec {
  if (mask === '*') return specOf(change);
  return mask.split(',').reduce((result, path) => applyPath(result, path, change), spec);
}

export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function applyPath(spec: Spec, path: string, change: Spec): Spec {
  const [field = '', ...rest] = path.split('.');
  if (!SPEC_FIELDS.has(field)) throw invalid(`Invalid update mask: ${path} is not a field of a cluster.`);
  if (rest.length === 0) return put(withoutRival(spec, field), field, change[field]);
  if (COLLECTIONS.has(field)) throw invalid(`Invalid update mask: only the whole collection ${field} can be updated.`);
  const [inner = '', ...deeper] = rest;
  if (deeper.length > 0) throw invalid(`Invalid update mask: ${path} is too deep.`);
  return put(spec, field, put(asRecord(spec[field]), inner, asRecord(change[field])[inner]));
}

/** A fixed size replaces automatic scaling, and the other way round. */
function withoutRival(spec: Spec, field: string): Spec {
  if (field === 'num_workers') return put(spec, 'autoscale', undefined);
  return field === 'autoscale' ? put(spec, 'num_workers', undefined) : spec;
}

function put(record: Spec, field: string, value: unknown): Spec {
  const { [field]: _old, ...rest } = record;
  return value === undefined ? rest : { ...rest, [field]: value };
}

/** [seen: terraform-provider-databricks#3533] A pool decides the machines, and `get` shows them as if they had been given. */
function checkNodeTypes(spec: Spec): void {
  const pool = spec.instance_pool_id;
  if (pool === undefined && typeof spec.node_type_id !== 'string')
    throw invalid('Missing required field: node_type_id');
  for (const field of ['node_type_id', 'driver_node_type_id']) {
    const type = spec[field];
    if (type === undefined) continue;
    if (pool !== undefined)
      throw invalid(`The field '${field}' cannot be supplied when an instance pool ID is provided.`);
    if (typeof type !== 'string' || !isNodeType(type)) throw invalid(`Node type ${type} is not supported.`);
  }
}

function checkAutotermination(minutes: unknown): void {
  if (minutes === undefined || minutes === 0) return;
  const { min, max } = AUTOTERMINATION_MINUTES;
  if (isCount(minutes) && minutes >= min && minutes <= max) return;
  throw invalid(`The cluster autotermination_minutes must be 0 or between ${min} and ${max}.`);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
