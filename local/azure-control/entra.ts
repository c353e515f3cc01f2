// The simulated Entra ID tenant: its discovery documents, keys and tokens for applications. `/_sim/entra` rotates keys and makes whatever
// token a test needs, right or wrong.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { KeptMap } from '../durable/kept-map.ts';
import type { Clock } from '../simulator/clock.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import { type Claims, claimsOf, newSigningKey, publicJwk, type SigningKey, signed } from './jwt.ts';
import { ACTION_GROUP_ROLE, ARM_AUDIENCES, NOT_BEFORE_SECONDS, TOKEN_SECONDS } from './refusals.ts';

/** An application of the tenant that asks for tokens, by its secret. */
export interface ClientApp {
  readonly clientId: string;
  readonly secret: string;
  /** The application roles that it was given at the hooks' registration. */
  readonly roles: readonly string[];
}

export interface EntraOptions {
  readonly tenantId: string;
  /** Application id of the registration that secure webhooks are for. Its URI is `api://<id>`. */
  readonly hooksAppId: string;
  readonly clients: readonly ClientApp[];
  readonly clock: Clock;
  readonly kept: KeptMap;
}

export interface Entra {
  serve(request: Request): Answer | undefined;
  control(request: Request): Answer | undefined;
  /** The claims of a token of this tenant that is neither over nor signed by a foreign key. */
  check(token: string): Claims | undefined;
}

const KEY = 'entra/key/';
const orderSchema = z.strictObject({
  version: z.union([z.literal(1), z.literal(2)]).default(2),
  /** Over and above, or instead of, what an action group's token has; null takes a claim away. */
  claims: z.record(z.string(), z.unknown()).default({}),
  header: z.record(z.string(), z.unknown()).default({}),
  /** `foreign`: a key that this tenant never published. */
  key: z.enum(['current', 'previous', 'foreign']).default('current'),
});

export function createEntra({ tenantId, hooksAppId, clients, clock, kept }: EntraOptions): Entra {
  let foreign: SigningKey | undefined;
  let keys = kept.under(KEY).flatMap(([, key]) => (isKey(key) ? [key] : []));
  if (keys.length === 0) addKey();

  function addKey(): void {
    const key = newSigningKey();
    keys = [...keys, key];
    kept.set(KEY + key.kid, key);
  }

  function retireOldest(): void {
    for (const { kid } of keys.slice(0, -1)) kept.delete(KEY + kid);
    keys = keys.slice(-1);
  }

  function keyFor(which: 'current' | 'previous' | 'foreign'): SigningKey {
    if (which === 'foreign') {
      foreign ??= newSigningKey();
      return foreign;
    }
    const key = keys.at(which === 'current' ? -1 : -2);
    if (!key) throw new Error(`there is no ${which} key`);
    return key;
  }

  function claimsFor(client: ClientApp, audience: string, version: 1 | 2, origin: string): Claims {
    const now = Math.floor(clock.now() / 1000);
    const issuer = version === 2 ? `${origin}/${tenantId}/v2.0` : `https://sts.windows.net/${tenantId}/`;
    const { clientId, roles } = client;
    return {
      aud: audience,
      iss: issuer,
      iat: now,
      nbf: now - NOT_BEFORE_SECONDS,
      exp: now + TOKEN_SECONDS,
      ...(version === 2 ? { azp: clientId, azpacr: '1' } : { appid: clientId, appidacr: '1', idp: issuer }),
      oid: clientId,
      sub: clientId,
      tid: tenantId,
      uti: randomUUID(),
      ver: `${version}.0`,
      ...(roles.length > 0 && { roles }),
    };
  }

  function discovery(origin: string, version: 1 | 2): Answer {
    const base = `${origin}/${tenantId}`;
    const [issuer, oauth2, discovered] =
      version === 2
        ? [`${base}/v2.0`, 'oauth2/v2.0', 'discovery/v2.0/keys']
        : [`https://sts.windows.net/${tenantId}/`, 'oauth2', 'discovery/keys'];
    const body = {
      issuer,
      token_endpoint: `${base}/${oauth2}/token`,
      jwks_uri: `${base}/${discovered}`,
      response_types_supported: ['code', 'id_token', 'token'],
      id_token_signing_alg_values_supported: ['RS256'],
      subject_types_supported: ['pairwise'],
    };
    return { status: 200, body };
  }

  function token(request: Request, origin: string): Answer {
    const form = new URLSearchParams(request.text);
    if (form.get('grant_type') !== 'client_credentials')
      return refused(400, 'unsupported_grant_type', 'AADSTS70003: The app requested an unsupported grant type.');
    const client = clients.find(({ clientId }) => clientId === form.get('client_id'));
    if (!client)
      return refused(400, 'unauthorized_client', 'AADSTS700016: Application was not found in the directory.');
    if (client.secret !== form.get('client_secret'))
      return refused(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
    const wanted = form.get('resource') ?? form.get('scope')?.replace(/\/\.default$/, '') ?? '';
    const made = tokenFor(client, wanted, origin);
    if (!made)
      return refused(400, 'invalid_resource', `AADSTS500011: The resource principal named ${wanted} was not found.`);
    return { status: 200, body: { token_type: 'Bearer', expires_in: TOKEN_SECONDS, access_token: made } };
  }

  /** The hooks' registration asks for v2 tokens, which name it by its id; Resource Manager's are v1, and named as they were asked for. */
  function tokenFor(client: ClientApp, wanted: string, origin: string): string | undefined {
    const key = keyFor('current');
    if (wanted === hooksAppId || wanted === `api://${hooksAppId}`)
      return signed(claimsFor(client, hooksAppId, 2, origin), key);
    const bare = { ...client, roles: [] };
    return ARM_AUDIENCES.includes(wanted) ? signed(claimsFor(bare, wanted, 1, origin), key) : undefined;
  }

  function ordered(request: Request): Answer {
    const parsed = orderSchema.safeParse(request.body ?? {});
    if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
    const { version, claims, header, key } = parsed.data;
    const caller = clients.find(({ roles }) => roles.includes(ACTION_GROUP_ROLE));
    if (!caller) throw new Error('no application has the role of an action group');
    const audience = version === 2 ? hooksAppId : `api://${hooksAppId}`;
    const all = { ...claimsFor(caller, audience, version, originOf(request)), ...claims };
    const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
    return { status: 200, body: { token: signed(kept, keyFor(key), header) } };
  }

  return {
    serve(request) {
      const [, tenant = '', ...rest] = request.url.pathname.split('/');
      const path = rest.join('/');
      if (!SERVED.test(path)) return undefined;
      if (tenant !== tenantId && tenant !== 'common')
        return refused(400, 'invalid_tenant', `AADSTS90002: Tenant '${tenant}' not found.`);
      if (path.startsWith('discovery/')) return { status: 200, body: { keys: keys.map(publicJwk) } };
      if (path.endsWith('openid-configuration')) return discovery(originOf(request), path.startsWith('v2.0/') ? 2 : 1);
      return request.method === 'POST'
        ? token(request, originOf(request))
        : { status: 405, headers: { allow: 'POST' } };
    },
    control(request) {
      const [, , area, verb = ''] = request.url.pathname.split('/');
      if (area !== 'entra') return undefined;
      switch (`${request.method} ${verb}`) {
        case 'GET ':
          return { status: 200, body: { tenantId, hooksAppId, kids: keys.map(({ kid }) => kid) } };
        case 'POST rotate':
          addKey();
          return { status: 200, body: { kids: keys.map(({ kid }) => kid) } };
        case 'POST retire':
          retireOldest();
          return { status: 200, body: { kids: keys.map(({ kid }) => kid) } };
        case 'POST tokens':
          return ordered(request);
        default:
          return undefined;
      }
    },
    check(text) {
      const claims = claimsOf(text, keys);
      return Number(claims?.exp) * 1000 > clock.now() ? claims : undefined;
    },
  };
}

const SERVED = /^(v2\.0\/)?\.well-known\/openid-configuration$|^discovery\/(v2\.0\/)?keys$|^oauth2\/(v2\.0\/)?token$/;

function originOf({ headers }: Request): string {
  return `http://${headers.host ?? 'localhost'}`;
}

function refused(status: number, error: string, words: string): Answer {
  return { status, body: { error, error_description: words, error_codes: [Number(/\d+/.exec(words)?.[0])] } };
}

function isKey(value: unknown): value is SigningKey {
  return typeof value === 'object' && value !== null && 'kid' in value && 'pem' in value;
}
