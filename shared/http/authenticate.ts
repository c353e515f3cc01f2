// Who calls? `x-api-key` (two valid at once) or HTTP Basic. Constant time, no early exit, and a refusal says nothing more than 401.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '@azure/functions';
import { Refused } from '../domain/errors.ts';
import type { Secret } from '../domain/secret.ts';

export interface Credentials {
  readonly apiKeys: readonly Secret[];
  readonly basicUsers: readonly { readonly username: string; readonly password: Secret }[];
}

/** The caller's name for the record. Throws `Refused` (`not-authenticated`). */
export function authenticate(request: HttpRequest, credentials: Credentials): string {
  const key = request.headers.get('x-api-key');
  if (key !== null) {
    if (
      matchesAny(
        key,
        credentials.apiKeys.map((secret) => secret.reveal()),
      )
    )
      return 'api-key';
    throw new Refused('not-authenticated', 'unknown API key');
  }
  const basic = readBasic(request.headers.get('authorization'));
  if (basic) {
    const pairs = credentials.basicUsers.map(({ username, password }) => pair(username, password.reveal()));
    if (matchesAny(pair(basic.username, basic.password), pairs)) return `basic:${basic.username}`;
  }
  throw new Refused('not-authenticated', 'no valid credentials');
}

/** Length-prefixed, so that no colon in a name or password makes two different pairs the same text. */
function pair(username: string, password: string): string {
  return `${username.length}:${username}${password}`;
}

/** Only the first colon separates: passwords may hold colons (RFC 7617). */
function readBasic(header: string | null): { username: string; password: string } | undefined {
  const encoded = header?.match(/^basic +([A-Za-z0-9+/=_-]+)$/i)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Digests have one length, which timingSafeEqual needs; every candidate is compared. */
function matchesAny(given: string, candidates: readonly string[]): boolean {
  const digest = sha256(given);
  let matched = false;
  for (const candidate of candidates) {
    if (timingSafeEqual(digest, sha256(candidate))) matched = true;
  }
  return matched;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
