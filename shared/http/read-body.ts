// Reads a body within a limit, whatever the sender does: chunked, endless, of another length than it said.
import type { HttpRequest } from '@azure/functions';
import { InvalidInput } from '../domain/errors.ts';

/** So much of a body is read at most; a sender that goes on loses its connection. */
const DISCARDED_BYTES = 16 * 1024 * 1024;

/** Throws `InvalidInput` (`wrong-media-type`) for a body that is packed. */
export function requirePlain({ headers }: HttpRequest): void {
  const encoding = headers.get('content-encoding');
  if (encoding === null || encoding.trim().toLowerCase() === 'identity') return;
  throw new InvalidInput('wrong-media-type', 'Send the body as it is, without Content-Encoding.');
}

/** Throws `InvalidInput` (`body-too-large`). */
export async function readWhole(request: HttpRequest, limitBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > limitBytes) throw tooLarge(limitBytes);
  // A length that was declared is kept by HTTP itself: then the body is read at once, which is cheaper than chunk by chunk.
  return declared > 0 ? new Uint8Array(await request.arrayBuffer()) : await readAll(request, limitBytes);
}

/**
 * A body that is too large is read on and thrown away, up to a bound: the library's server never answers the next request on a
 * connection whose last body was left half read (tried with @azure/functions 4.16.5, `enableHttpStream`).
 */
export async function readAll(request: HttpRequest, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    const bytes = toBytes(chunk);
    size += bytes.byteLength;
    if (size <= limitBytes) chunks.push(bytes);
    if (size > DISCARDED_BYTES) break;
  }
  if (size > limitBytes) throw tooLarge(limitBytes);
  return Buffer.concat(chunks);
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  return Buffer.from(String(chunk), 'utf8');
}

function tooLarge(limitBytes: number): InvalidInput {
  return new InvalidInput('body-too-large', `A body may have ${limitBytes} bytes at most.`);
}
