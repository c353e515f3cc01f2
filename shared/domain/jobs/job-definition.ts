// What a job is defined by, always written in the same way, and in which fields two definitions differ. Values that look like credentials
// by their names are not kept; free text may hold some all the same, so of that only the field is named.

import { withoutSecrets } from '../clusters/cluster-settings.ts';
import { hashOf } from '../ids.ts';
import { canonical } from '../incidents/timeline.ts';
import { isSame, type Settings } from '../runbooks/settings-change.ts';

const SHA256_HEX = 64;
/** Set by the service or by who deploys, and not what the job does. */
const VOLATILE = new Set(['format', 'edit_mode', 'deployment']);
/** Lists whose entries have a name: their order says nothing (jobs/update merges them by it). */
const KEYED: Readonly<Record<string, string>> = {
  tasks: 'task_key',
  job_clusters: 'job_cluster_key',
  environments: 'environment_key',
  parameters: 'name',
};
/** Collections of names that people give. */
const COLLECTIONS = new Set([
  'spark_conf',
  'spark_env_vars',
  'parameters',
  'job_parameters',
  'base_parameters',
  'named_parameters',
]);
const FREE_TEXT = /param|conf|env|auth|secret|token|password|command|option|url|description/i;
const LONGEST_VALUE = 60;
const LONGEST_PATH = 150;
const MOST_TOLD = 12;

export interface GoodDefinition {
  readonly content: string;
  readonly sha256: string;
}

export function goodDefinition(definition: Settings): GoodDefinition {
  const told = Object.entries(definition).filter(([field]) => !VOLATILE.has(field));
  const content = canonical(plain(Object.fromEntries(told), '') ?? {});
  return { content, sha256: hashOf(content, SHA256_HEX) };
}

/** Field by field, e.g. `schedule.pause_status from UNPAUSED to PAUSED`. Both as `goodDefinition` writes them. */
export function differencesInWords(before: string, now: string): string {
  const found = differences([], JSON.parse(before), JSON.parse(now));
  const more = found.length > MOST_TOLD ? [`and ${found.length - MOST_TOLD} more`] : [];
  return [...found.slice(0, MOST_TOLD).map(inWords), ...more].join('; ');
}

interface Difference {
  readonly path: readonly string[];
  readonly before: unknown;
  readonly now: unknown;
}

function differences(path: readonly string[], before: unknown, now: unknown): Difference[] {
  if (isSame(before, now)) return [];
  if (!isRecord(before) || !isRecord(now)) return [{ path, before, now }];
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.flatMap((name) => differences([...path, name], before[name], now[name]));
}

function inWords({ path, before, now }: Difference): string {
  const field = path.join('.').slice(0, LONGEST_PATH);
  const [from, to] = [valueInWords(path, before), valueInWords(path, now)];
  if (before === undefined) return `${field} added${to === undefined ? '' : `: ${to}`}`;
  if (now === undefined) return `${field} removed${from === undefined ? '' : `: it was ${from}`}`;
  return from === undefined || to === undefined ? `${field} changed` : `${field} from ${from} to ${to}`;
}

function valueInWords(path: readonly string[], value: unknown): string | undefined {
  if (path.some((name) => FREE_TEXT.test(name)) || typeof value === 'object') return undefined;
  const text = String(value);
  return text.length > LONGEST_VALUE ? undefined : text;
}

/** Empty is as good as absent: the service fills in what was not said. */
function plain(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return plainList(value, name);
  if (!isRecord(value)) return value ?? undefined;
  const entries = Object.entries(value).map(([field, inner]) => [field, plain(inner, field)] as const);
  const told = Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  const kept = COLLECTIONS.has(name) ? withoutSecrets(told) : told;
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function plainList(values: readonly unknown[], name: string): unknown {
  const key = KEYED[name];
  if (values.length === 0) return undefined;
  if (key === undefined || !values.every(isRecord)) return values.map((value) => plain(value, '') ?? null);
  return plain(
    Object.fromEntries(values.map(({ [key]: id, ...entry }) => [String(id), { [key]: id, ...entry }])),
    name,
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
