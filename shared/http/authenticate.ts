// Who calls? `x-api-key` (two valid at once), HTTP Basic, a token, or a key that the functions host has checked: whatever this door takes.
// Constant time, no early exit, and a refusal says nothing more than 401 or 403.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '@azure/functions';
import type { AcceptedCredentials, CredentialKind } from '../domain/credentials.ts';
import { Refused } from '../domain/errors.ts';
import type { Secret } from '../domain/secret.ts';
import type { HookTokens } from '../ports/hook-tokens.ts';

export interface Credentials {
  readonly apiKeys: readonly Secret[];
  readonly basicUsers: readonly { readonly username: string; readonly password: Secret }[];
  readonly accepted: AcceptedCredentials;
  /** Undefined while none are configured: then no token opens anything. */
  readonly hookTokens?: HookTokens;
}

/** The caller's name for the record. Throws `Refused` (`not-authenticated`, `not-allowed`), or `Unavailable` where a token cannot be judged. */
export async function authenticate(
  request: HttpRequest,
  credentials: Credentials,
  kinds: readonly CredentialKind[],
): Promise<string> {
  // Only where the host asked everybody for it: the setting that says so registers the door accordingly.
  if (kinds.includes('function-key')) return 'function-key';
  const key = request.headers.get('x-api-key');
  if (key !== null)
    return kinds.includes('api-key') ? byApiKey(key, credentials) : refuse('an API key is not taken here');
  const header = request.headers.get('authorization');
  const token = kinds.includes('bearer') ? readBearer(header) : undefined;
  if (token !== undefined && credentials.hookTokens) return await credentials.hookTokens.verify(token);
  const basic = kinds.includes('basic') ? readBasic(header) : undefined;
  return basic ? byBasic(basic, credentials) : refuse('no valid credentials');
}

function byApiKey(key: string, { apiKeys }: Credentials): string {
  const keys = apiKeys.map((secret) => secret.reveal());
  return matchesAny(key, keys) ? 'api-key' : refuse('unknown API key');
}

function byBasic(given: BasicPair, { basicUsers }: Credentials): string {
  const pairs = basicUsers.map(({ username, password }) => pair(username, password.reveal()));
  return matchesAny(pair(given.username, given.password), pairs) ? `basic:${given.username}` : refuse('unknown user');
}

function refuse(because: string): never {
  throw new Refused('not-authenticated', because);
}

interface BasicPair {
  readonly username: string;
  readonly password: string;
}

/** RFC 6750. What is no token at all is for the verifier to refuse. */
function readBearer(header: string | null): string | undefined {
  return header?.match(/^bearer +(\S+)$/i)?.[1];
}

/** Length-prefixed, so that no colon in a name or password makes two different pairs the same text. */
function pair(username: string, password: string): string {
  return `${username.length}:${username}${password}`;
}

/** Only the first colon separates: passwords may hold colons (RFC 7617). */
function readBasic(header: string | null): BasicPair | undefined {
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
