// A lock token travels twice: as a delivery tag in the byte order of a .NET Guid (the client turns it back), and in
// `$management` requests as a plain uuid.
import { randomUUID } from 'node:crypto';
import rhea from 'rhea';

/** Bytes 0-3, 4-5 and 6-7 are little-endian in a Guid (utils.js, reorderLockToken). Its own inverse. */
const GUID_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** A message that is gone on delivery has no lock; its tag must be unique all the same. */
export function tagOf(token: string | undefined): Buffer {
  return reordered(rhea.string_to_uuid(token ?? randomUUID()));
}

export function tokenOf(tag: Buffer | string): string {
  return rhea.uuid_to_string(reordered(Buffer.from(tag)));
}

function reordered(bytes: Buffer): Buffer {
  return Buffer.from(GUID_ORDER.map((at) => bytes[at] ?? 0));
}
