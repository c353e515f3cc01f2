// The limits of one table entity that Azurite does not keep: its size and its number of properties.
import { CUSTOM_PROPERTIES, ENTITY_BYTES, REFUSALS, type Refusal } from './refusals.ts';

const SYSTEM_PROPERTIES = new Set(['PartitionKey', 'RowKey', 'Timestamp']);
/** Fixed costs of the size formula (source: SOURCES.entities). */
const ENTITY_OVERHEAD_BYTES = 4;
const PROPERTY_OVERHEAD_BYTES = 8;
const STRING_OVERHEAD_BYTES = 4;
const EIGHT_BYTES = 8;
const GUID_BYTES = 16;

export function entityRefusal(entity: Record<string, unknown>): Refusal | undefined {
  const names = Object.keys(entity).filter(isCustom);
  if (names.length > CUSTOM_PROPERTIES) return REFUSALS.tooManyProperties;
  return entityBytes(entity, names) > ENTITY_BYTES ? REFUSALS.entityTooLarge : undefined;
}

/** The first change of a `$batch` body that is over a limit, with its position. */
export function transactionRefusal(body: string): { refusal: Refusal; index: number } | undefined {
  const entities = changesOf(body);
  for (const [index, entity] of entities.entries()) {
    const refusal = entity && entityRefusal(entity);
    if (refusal) return { refusal, index };
  }
  return undefined;
}

/** A change is one embedded HTTP request; its JSON stands on one line, and a delete has none. */
function changesOf(body: string): (Record<string, unknown> | undefined)[] {
  const requests = body.split(/\r?\n(?=(?:POST|PUT|PATCH|MERGE|DELETE|GET) \S+ HTTP\/1\.1)/).slice(1);
  return requests.map((request) => {
    const json = request.split(/\r?\n/).find((line) => line.startsWith('{'));
    return json === undefined ? undefined : parseObject(json);
  });
}

/** Undefined for what is no JSON object: the service itself says what is wrong with it. */
export function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isCustom(name: string): boolean {
  return !SYSTEM_PROPERTIES.has(name) && !name.endsWith('@odata.type') && !name.startsWith('odata.');
}

function entityBytes(entity: Record<string, unknown>, names: string[]): number {
  const keys = (String(entity.PartitionKey ?? '').length + String(entity.RowKey ?? '').length) * 2;
  const properties = names.map((name) => {
    return PROPERTY_OVERHEAD_BYTES + name.length * 2 + valueBytes(entity[name], entity[`${name}@odata.type`]);
  });
  return properties.reduce((sum, bytes) => sum + bytes, ENTITY_OVERHEAD_BYTES + keys);
}

function valueBytes(value: unknown, type: unknown): number {
  if (type === 'Edm.Binary') return STRING_OVERHEAD_BYTES + Math.floor((String(value).length * 3) / 4);
  if (type === 'Edm.Guid') return GUID_BYTES;
  if (type === 'Edm.Int64' || type === 'Edm.DateTime') return EIGHT_BYTES;
  if (typeof value === 'string') return STRING_OVERHEAD_BYTES + value.length * 2;
  if (typeof value === 'boolean') return 1;
  return EIGHT_BYTES;
}
