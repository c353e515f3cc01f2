// What a row is: keys, a JSON payload cut into properties, and plain columns for people and filters.
// Rule kept here: no row goes out that the service would refuse for its size (facts: property 64 KiB, row 1 MiB).
import { Broken } from '../../domain/errors.ts';
import { hashOf } from '../../domain/ids.ts';

export type Column = string | number | boolean;

export interface Row {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly [column: string]: Column | undefined;
}

export interface StoredRow {
  readonly etag: string;
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

export const SCHEMA_VERSION = 1;

/** A string property holds 64 KiB of UTF-16; below it, so that a cut never has to be exact. */
const CHUNK_CHARACTERS = 30_000;
const ROW_BYTES = 1024 * 1024;
/** The service's size formula: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model */
const ROW_OVERHEAD_BYTES = 4;
const PROPERTY_OVERHEAD_BYTES = 8;
const STRING_OVERHEAD_BYTES = 4;
const NUMBER_BYTES = 8;
const PLAIN_COLUMN_CHARACTERS = 500;
/** Keys must not hold `/ \ # ?` or control characters; `%` and quotes only make trouble in URLs. Longest key: 1,024 characters. */
const SAFE_KEY = /^[A-Za-z0-9._~:@+=,;()$!*-]{1,200}$/;

/** The text itself where it can stand in a key, else its hash. */
export function keyPart(text: string): string {
  return SAFE_KEY.test(text) ? text : `h-${hashOf(text)}`;
}

/** A value as `payload`, `payload1`, ... */
export function packed(value: unknown): Record<string, string> {
  const json = asciiJson(value);
  const columns: Record<string, string> = {};
  for (let start = 0, part = 0; start < json.length; start += CHUNK_CHARACTERS, part += 1) {
    columns[part === 0 ? 'payload' : `payload${part}`] = json.slice(start, start + CHUNK_CHARACTERS);
  }
  return columns;
}

/**
 * Everything beyond ASCII escaped, so that no cut can fall into a character. Azurite 3.35 falls into it by itself: it decodes
 * a request chunk by chunk (readRequestIntoText in its serializer.js), which garbles what stands on the border of two.
 */
function asciiJson(value: unknown): string {
  const json = JSON.stringify(value);
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The payload of a row that this release knows how to read; `is` checks what the caller relies on. */
export function unpacked<Payload>(row: StoredRow, is: (value: unknown) => value is Payload): Payload {
  const version = row.columns.schemaVersion;
  const value = version === SCHEMA_VERSION ? parsed(payloadText(row)) : undefined;
  if (!is(value))
    throw new Broken('broken', `row ${row.partitionKey} ${row.rowKey} of version ${version} is not readable`);
  return value;
}

/** What is no JSON, e.g. because somebody edited the row, is not readable either. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function payloadText({ columns }: StoredRow): string {
  let text = '';
  for (let part = 0; ; part += 1) {
    const chunk = columns[part === 0 ? 'payload' : `payload${part}`];
    if (typeof chunk !== 'string') return text === '' ? 'null' : text;
    text += chunk;
  }
}

/** Plain columns: what is absent is left out, what is long is clipped (the payload has it whole). */
export function plain(columns: Record<string, Column | null | undefined>): Record<string, Column> {
  const kept: Record<string, Column> = {};
  for (const [name, value] of Object.entries(columns)) {
    if (value !== undefined && value !== null) kept[name] = typeof value === 'string' ? clipped(value) : value;
  }
  return kept;
}

/** No half of a character, neither from here nor from whoever cut the text before: the service may refuse it, and the row with it. */
export function clipped(text: string): string {
  const last = text.charCodeAt(PLAIN_COLUMN_CHARACTERS - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? PLAIN_COLUMN_CHARACTERS - 1 : PLAIN_COLUMN_CHARACTERS).toWellFormed();
}

/** Refuses what the service would refuse, with words that name the row. */
export function checked(row: Row): Row {
  const bytes = rowBytes(row);
  if (bytes > ROW_BYTES) {
    throw new Broken(
      'broken',
      `row ${row.rowKey} of ${row.partitionKey} has ${bytes} bytes, more than a table row holds`,
    );
  }
  return row;
}

function rowBytes(row: Row): number {
  let bytes = ROW_OVERHEAD_BYTES;
  for (const [name, value] of Object.entries(row)) {
    if (value === undefined) continue;
    const valueBytes = typeof value === 'string' ? STRING_OVERHEAD_BYTES + value.length * 2 : NUMBER_BYTES;
    bytes += PROPERTY_OVERHEAD_BYTES + name.length * 2 + valueBytes;
  }
  return bytes;
}

/** A string as a literal of a filter. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The filter for all row keys of a partition that begin with `prefix|`. */
export function rangeFilter(partitionKey: string, prefix: string): string {
  // `}` is the character after `|`.
  return `PartitionKey eq ${quoted(partitionKey)} and RowKey ge '${prefix}|' and RowKey lt '${prefix}}'`;
}
