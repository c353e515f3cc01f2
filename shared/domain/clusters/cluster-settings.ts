// Which settings of a cluster Lakewarden reads, keeps and rolls back. Rules kept here: a secret written into a setting never leaves the
// workspace; who may use the cluster, its policy, its encryption and its name are nobody's to roll back.
import { isSame, type Settings, settingAt } from '../runbooks/settings-change.ts';

/** What a start can fail by, and what rolling back may set (clusters/edit, API 2.1). The flexibility fields are newer than SDK 0.17.0. */
export const restorableSettings = [
  'spark_version',
  'runtime_engine',
  'node_type_id',
  'driver_node_type_id',
  'worker_node_type_flexibility',
  'driver_node_type_flexibility',
  'instance_pool_id',
  'driver_instance_pool_id',
  'num_workers',
  'autoscale',
  'azure_attributes.availability',
  'azure_attributes.first_on_demand',
  'azure_attributes.spot_bid_max_price',
  'spark_conf',
  'spark_env_vars',
  'init_scripts',
  'cluster_log_conf',
  'enable_elastic_disk',
] as const;

/** Settings whose entries can hold a secret. Only a whole collection can be set (google.aip.dev/161), so entries are put together by who sets it. */
export const collectionsWithSecrets = ['spark_conf', 'spark_env_vars'] as const;

/** `fs.azure.account.key.…`, `…client.secret`, `DB_PASSWORD`: credentials by their names, unless they only refer to a secret scope. */
const SECRET_NAME = /key|secret|password|passwd|token|credential|sas\b|connection.?string/i;
const SECRET_REFERENCE = /^\{\{secrets\/[^{}]+\}\}$/;

type Entries = Readonly<Record<string, unknown>>;

export function withoutSecrets(entries: Entries): Entries {
  return Object.fromEntries(Object.entries(entries).filter((entry) => !isSecret(entry)));
}

export function secretsOf(entries: Entries): Entries {
  return Object.fromEntries(Object.entries(entries).filter(isSecret));
}

function isSecret([name, value]: [string, unknown]): boolean {
  return SECRET_NAME.test(name) && !(typeof value === 'string' && SECRET_REFERENCE.test(value));
}

/** The settings that are kept as good ones: what may be restored, and nothing else. */
export function restorable(settings: Settings): Settings {
  const present = restorableSettings.filter((path) => settingAt(settings, path) !== null && !isOfPool(settings, path));
  return Object.fromEntries(present.map((path) => [path, settingAt(settings, path)]));
}

/** What has to be set to have the good settings again. */
export function rolledBack(now: Settings, good: Settings): Settings {
  const different = restorableSettings.filter((path) => !isSame(nowAt(now, path), good[path]));
  return Object.fromEntries(different.map((path) => [path, good[path] ?? null]));
}

function nowAt(now: Settings, path: string): unknown {
  return isOfPool(now, path) ? null : settingAt(now, path);
}

/** A pool decides the machines; `get` shows them, but nobody may send them back (facts/databricks.md 1.9). */
function isOfPool(settings: Settings, path: string): boolean {
  return settingAt(settings, 'instance_pool_id') !== null && /^(driver_)?node_type_id$/.test(path);
}
