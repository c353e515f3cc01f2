// Who may do what: shared access signatures, verified as the service verifies them, and the paths that one connection has
// been granted by them. A link to a path without a grant is refused.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { refusals } from './refusals.ts';

/** The only token type this broker can verify; Entra's `jwt` would need Entra. */
const SAS_TOKEN_TYPE = 'servicebus.windows.net:sastoken';
const SAS_PREFIX = 'SharedAccessSignature ';

export interface SharedAccess {
  readonly keyName: string;
  readonly key: string;
}

/** One connection's grants. */
export class Grants {
  readonly #access: SharedAccess;
  readonly #paths = new Set<string>();

  constructor(access: SharedAccess) {
    this.#access = access;
  }

  /** Takes a put-token request: `audience` is the resource asked for, `sb://host/path`. */
  put(audience: string, type: unknown, token: unknown): void {
    if (type !== SAS_TOKEN_TYPE || typeof token !== 'string')
      throw refusals.badToken(`Tokens of type '${String(type)}' are not accepted here.`);
    const scope = verifiedScope(token, this.#access);
    const path = pathOf(audience);
    if (!covers(scope, path))
      throw refusals.badToken('InvalidAudience: The token does not cover the requested resource.');
    this.#paths.add(path);
  }

  check(path: string): void {
    const wanted = path.toLowerCase();
    for (const granted of this.#paths) if (covers(granted, wanted)) return;
    throw refusals.notAuthorized(path);
  }
}

/** The path a signature is good for. */
function verifiedScope(token: string, access: SharedAccess): string {
  const parts = partsOf(token);
  const resource = parts.get('sr') ?? '';
  const expiry = parts.get('se') ?? '';
  const given = Buffer.from(decodeURIComponent(parts.get('sig') ?? ''), 'base64');
  // The resource is signed as it stands in the token: still percent-encoded.
  const expected = createHmac('sha256', access.key).update(`${resource}\n${expiry}`).digest();
  const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
  if (!isSigned || decodeURIComponent(parts.get('skn') ?? '') !== access.keyName) {
    throw refusals.badToken('InvalidSignature: The token has an invalid signature.');
  }
  // Against the real time, not the injected one: the client dates its tokens by the real time.
  if (!(Number(expiry) * 1_000 > Date.now())) throw refusals.badToken('ExpiredToken: The token is expired.');
  return pathOf(decodeURIComponent(resource));
}

function partsOf(token: string): Map<string, string> {
  if (!token.startsWith(SAS_PREFIX)) throw refusals.badToken('MalformedToken: The token is malformed.');
  const pairs = token.slice(SAS_PREFIX.length).split('&');
  return new Map(
    pairs.map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

function pathOf(audience: string): string {
  if (!URL.canParse(audience)) throw refusals.badToken('InvalidAudience: The resource is not an address.');
  return decodeURIComponent(new URL(audience).pathname)
    .replace(/^\/+|\/+$/g, '')
    .toLowerCase();
}

function covers(scope: string, path: string): boolean {
  return scope === '' || path === scope || path.startsWith(`${scope}/`);
}
