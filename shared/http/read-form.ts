// Reads the body of a form within a limit: fields by name, each once.
import type { HttpRequest } from '@azure/functions';
import { InvalidInput } from '../domain/errors.ts';
import { readWhole, requirePlain } from './read-body.ts';

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Throws `InvalidInput` with `wrong-media-type`, `body-too-large` or `bad-request`. */
export async function readForm(request: HttpRequest, limitBytes: number): Promise<Readonly<Record<string, string>>> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== FORM_TYPE) throw new InvalidInput('wrong-media-type', `Send the form as ${FORM_TYPE}.`);
  requirePlain(request);
  const fields = [...new URLSearchParams(textOf(await readWhole(request, limitBytes)))];
  const names = new Set(fields.map(([name]) => name));
  // Approved and rejected at once is neither.
  if (names.size < fields.length) throw new InvalidInput('bad-request', 'The form has a field twice.');
  return Object.fromEntries(fields);
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidInput('bad-request', 'The form is not in UTF-8.', [], { cause });
  }
}
