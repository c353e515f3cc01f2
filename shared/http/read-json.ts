// Reads a JSON body within a limit, whatever the sender sends: not UTF-8, not JSON, nothing.
import type { HttpRequest } from '@azure/functions';
import { InvalidInput } from '../domain/errors.ts';
import { readAll, readWhole, requirePlain } from './read-body.ts';

export interface JsonBody {
  readonly value: unknown;
  readonly bytes: Uint8Array;
}

/** Throws `InvalidInput` with `wrong-media-type`, `body-too-large` or `bad-json`. */
export async function readJson(request: HttpRequest, limitBytes: number): Promise<JsonBody> {
  requireJsonType(request.headers.get('content-type'));
  requirePlain(request);
  const bytes = await readWhole(request, limitBytes);
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
  requirePlain(request);
  return parse(bytes);
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) throw new InvalidInput('bad-json', 'The body is empty.');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidInput('bad-json', 'The body is not valid JSON in UTF-8.', [], { cause });
  }
}
