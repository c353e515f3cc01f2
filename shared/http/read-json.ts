// Reads a JSON body within a limit, whatever the sender does: chunked, endless, not UTF-8, not JSON.
import type { HttpRequest } from '@azure/functions';
import { InvalidInput } from '../domain/errors.ts';

/** So much of a body is read at most; a sender that goes on loses its connection. */
const DISCARDED_BYTES = 16 * 1024 * 1024;

export interface JsonBody {
  readonly value: unknown;
  readonly bytes: Uint8Array;
}

/** Throws `InvalidInput` with `wrong-media-type`, `body-too-large` or `bad-json`. */
export async function readJson(request: HttpRequest, limitBytes: number): Promise<JsonBody> {
  requireJsonType(request.headers.get('content-type'));
  requirePlain(request.headers.get('content-encoding'));
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > limitBytes) throw tooLarge(limitBytes);
  // A length that was declared is kept by HTTP itself: then the body is read at once, which is cheaper than chunk by chunk.
  const bytes = declared > 0 ? new Uint8Array(await request.arrayBuffer()) : await readAll(request, limitBytes);
  return { value: parse(bytes), bytes };
}

function requireJsonType(header: string | null): void {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || /^application\/[\w.+-]+\+json$/.test(type)) return;
  throw new InvalidInput('wrong-media-type', 'Send the header Content-Type: application/json.');
}

/** As `readJson`, but no body at all is an empty object: for orders whose fields may all be left out. */
export async function readOptionalJson(request: HttpRequest, limitBytes: number): Promise<unknown> {
  const bytes = await readAll(request, limitBytes);
  if (bytes.byteLength === 0) return {};
  requireJsonType(request.headers.get('content-type'));
  requirePlain(request.headers.get('content-encoding'));
  return parse(bytes);
}

function requirePlain(encoding: string | null): void {
  if (encoding === null || encoding.trim().toLowerCase() === 'identity') return;
  throw new InvalidInput('wrong-media-type', 'Send the body as it is, without Content-Encoding.');
}

/**
 * A body that is too large is read on and thrown away, up to a bound: the library's server never answers the next request on a
 * connection whose last body was left half read (tried with @azure/functions 4.16.5, `enableHttpStream`).
 */
async function readAll(request: HttpRequest, limitBytes: number): Promise<Uint8Array> {
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

function parse(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) throw new InvalidInput('bad-json', 'The body is empty.');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidInput('bad-json', 'The body is not valid JSON in UTF-8.', [], { cause });
  }
}

function tooLarge(limitBytes: number): InvalidInput {
  return new InvalidInput('body-too-large', `A body may have ${limitBytes} bytes at most.`);
}
