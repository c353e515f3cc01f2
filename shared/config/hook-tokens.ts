// Whose tokens open the doors for action groups: tenant, registration, cloud.
import { isLoopback } from './connections.ts';
import type { Settings } from './settings.ts';

export interface HookTokenConfig {
  readonly tenantId: string;
  readonly audiences: readonly string[];
  readonly authority: string;
  readonly v1Issuer: string;
  readonly callerAppId: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** "AZNS AAD Webhook" of the public cloud. */
const ACTION_GROUP_APP_ID = '461e8683-5575-4561-ac7f-899cc907d62a';
const PUBLIC_CLOUD = 'https://login.microsoftonline.com';
const V1_ISSUER = 'https://sts.windows.net';

/** Azure's clouds, by where their tenants sign in, with who issues v1 tokens there. */
const CLOUDS: Readonly<Record<string, string>> = {
  [PUBLIC_CLOUD]: V1_ISSUER,
  'https://login.microsoftonline.us': V1_ISSUER,
  'https://login.partner.microsoftonline.cn': 'https://sts.chinacloudapi.cn',
};

/** Undefined: no tokens are taken, which is a fault only where half of it is there. */
export function readHookTokens(settings: Settings): HookTokenConfig | undefined {
  const tenantId = uuid(settings, 'HOOK_TENANT_ID', 'the id of the tenant');
  const audience = settings.optional('HOOK_AUDIENCE');
  const authority = readAuthority(settings);
  const callerAppId = uuid(settings, 'HOOK_CALLER_APP_ID', 'the id of an application') ?? ACTION_GROUP_APP_ID;
  const audiences = audience === undefined ? undefined : audiencesOf(settings, audience);
  if (settings.optional('HOOK_TENANT_ID') && audience === undefined)
    settings.missing('HOOK_AUDIENCE', 'is missing: HOOK_TENANT_ID is set');
  if (audience !== undefined && !settings.optional('HOOK_TENANT_ID'))
    settings.missing('HOOK_TENANT_ID', 'is missing: HOOK_AUDIENCE is set');
  if (!tenantId || !audiences || !authority) return undefined;
  return { tenantId, audiences, authority, v1Issuer: CLOUDS[authority] ?? V1_ISSUER, callerAppId };
}

function uuid(settings: Settings, name: 'HOOK_TENANT_ID' | 'HOOK_CALLER_APP_ID', what: string): string | undefined {
  const text = settings.optional(name);
  if (text === undefined) return undefined;
  return UUID.test(text) ? text.toLowerCase() : settings.fault([name], `must be ${what}: a UUID`);
}

/** Either form names the registration; tokens of both versions are then taken. */
function audiencesOf(settings: Settings, text: string): readonly string[] | undefined {
  const bare = text.replace(/^api:\/\//, '');
  if (UUID.test(bare)) return [bare.toLowerCase(), `api://${bare.toLowerCase()}`];
  if (/^api:\/\/[\w.-]+(\/[\w.-]+)*$/.test(text)) return [text];
  return settings.fault(['HOOK_AUDIENCE'], 'must be the id of the app registration for webhooks, or its api:// URI');
}

/** Keys decide who is believed: they come from Azure's own clouds, or from this machine. */
function readAuthority(settings: Settings): string | undefined {
  const text = settings.optional('HOOK_AUTHORITY_URL') ?? PUBLIC_CLOUD;
  const origin = URL.canParse(text) ? new URL(text).origin : '';
  const isHere = URL.canParse(text) && isLoopback(new URL(text).hostname) && !settings.inAzure;
  if (Object.hasOwn(CLOUDS, origin) || isHere) return origin;
  const known = Object.keys(CLOUDS).join(', ');
  return settings.fault(['HOOK_AUTHORITY_URL'], `must be one of ${known}; another address is only for this machine`);
}
