// Identities that may be put into paths and keys: only what a guard let through carries the brand.
import { createHash } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type ClusterId = Branded<'ClusterId'>;
export type TicketId = Branded<'TicketId'>;
/** Of a job, a run or a repair: a number in digits, small enough for JSON. */
type NumberId = Branded<'NumberId'>;
export type WarehouseId = Branded<'WarehouseId'>;
/** `sig-` and a ULID or a hash: never parses as JSON, so the functions worker leaves it a string. */
export type SignalId = Branded<'SignalId'>;

/** The SDK interpolates ids into paths unencoded, so nothing else may pass (facts/databricks.md 1.3). */
const CLUSTER_ID = /^[A-Za-z0-9-]{1,100}$/;
const WAREHOUSE_ID = /^[0-9a-f]{16}$/;
const TICKET_ID = /^RCA-\d{8}-\d{3,6}$/;
const SIGNAL_ID = /^sig-[0-9A-Za-z]{20,64}$/;

export function isClusterId(value: string): value is ClusterId {
  return CLUSTER_ID.test(value);
}

export function isWarehouseId(value: string): value is WarehouseId {
  return WAREHOUSE_ID.test(value);
}

export function isNumberId(value: string): value is NumberId {
  return /^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value));
}

export function isTicketId(value: string): value is TicketId {
  return TICKET_ID.test(value);
}

export function isSignalId(value: string): value is SignalId {
  return SIGNAL_ID.test(value);
}

/** Throws what no caller can mend: a hash in hex always fits. */
export function signalIdOf(hash: string): SignalId {
  const id = `sig-${hash}`;
  if (!isSignalId(id)) throw new RangeError(`not a signal id: ${id}`);
  return id;
}

/** SHA-256 of bytes, in hex. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** First `length` hex digits of the SHA-256 of a text: for keys whose parts may hold what a key must not. */
export function hashOf(text: string, length = 40): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, length);
}
