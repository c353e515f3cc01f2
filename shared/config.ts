// Environment -> typed Config: every fault at once, in the user's words, no secret printed. What the doors need is read apart,
// so that they go on taking signals while the rest is broken. The caller hands in process.env; nobody else reads it.
import type * as z from 'zod';
import { type AzureConfig, readAzure } from './config/azure.ts';
import { isOrigin, isSafeUrl, storageConnectionFault } from './config/connections.ts';
import { readConnectivity } from './config/connectivity.ts';
import { type DoorConfig, readDoors } from './config/doors.ts';
import { type ProvisionerConfig, readProvisioners } from './config/provisioners.ts';
import { readRotating } from './config/rotating.ts';
import { type Environment, Settings } from './config/settings.ts';
import { readWorkspaces, type WorkspaceConfig } from './config/workspaces.ts';
import type { FieldFault } from './domain/errors.ts';
import type { Estate, NamedChannel } from './domain/estate/estate.ts';
import { provisionersOf, workspacesOf } from './domain/estate/lookup.ts';
import { NOTHING_READABLE, parseEstate, type ReadableParts } from './domain/estate/parse-estate.ts';
import { pathOf } from './domain/faults.ts';
import type { ProbeTarget } from './domain/probes/target.ts';
import { defaultRetention, type Retention } from './domain/retention.ts';
import { Secret } from './domain/secret.ts';

export type { DoorConfig };

/** 32 random characters of base64 are 192 bits. */
const SHORTEST_LINK_SECRET = 32;

/** A channel of the estate whose address is a secret in a setting. */
export interface ChannelSettings extends NamedChannel {
  readonly urlSetting: string;
}

export interface Config<Channel extends ChannelSettings = ChannelSettings> {
  readonly doors: DoorConfig;
  readonly estate: Estate<Channel>;
  /** Active ones first. */
  readonly workspaces: readonly WorkspaceConfig[];
  /** What is looked at from outside, each where it is reached. */
  readonly targets: readonly ProbeTarget[];
  readonly provisioners: readonly ProvisionerConfig[];
  readonly azure: AzureConfig;
  /** Connection string or https endpoint. */
  readonly tables: Secret;
  readonly blobs: Secret;
  readonly autoRemediationEnabled: boolean;
  readonly timeScale: number;
  readonly retention: Retention;
  /** Addresses by the name of their setting. */
  readonly channelUrls: ReadonlyMap<string, Secret>;
  readonly publicUrl: string | undefined;
  /** The first one signs links, the others still open; empty: no links to decide by are sent. */
  readonly approvalLinkSecrets: readonly Secret[];
}

export interface ConfigSources<Channel extends ChannelSettings> {
  /** Text of a file; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
  readonly channelSchema: z.ZodType<Channel>;
}

export type ReadConfig<Channel extends ChannelSettings> =
  | { readonly ok: true; readonly config: Config<Channel> }
  /** `doors` null: not even the doors can work. `blobs`: what they keep large bodies in, unless that is at fault, too. */
  | {
      readonly ok: false;
      readonly faults: readonly FieldFault[];
      readonly doors: DoorConfig | null;
      readonly blobs: Secret | undefined;
    };

export function readConfig<Channel extends ChannelSettings>(
  environment: Environment,
  sources: ConfigSources<Channel>,
): ReadConfig<Channel> {
  const settings = new Settings(environment);
  const doors = readDoors(settings);
  const tables = readStorage(settings, 'TABLES_CONNECTION', 'Table');
  const blobs = readStorage(settings, 'BLOBS_CONNECTION', 'Blob');
  const { estate, channels, workspaceNames, provisioners } = readEstate(settings, sources);
  const workspaces = readWorkspaces(settings, estate, workspaceNames);
  const rest = {
    targets: readConnectivity(settings, estate, workspaces),
    provisioners: readProvisioners(settings, provisioners),
    azure: readAzure(settings),
    autoRemediationEnabled: settings.flag('AUTO_REMEDIATION_ENABLED', true),
    timeScale: readTimeScale(settings),
    retention: readRetention(settings),
    channelUrls: readChannelUrls(settings, channels),
    publicUrl: readPublicUrl(settings),
    approvalLinkSecrets: readApprovalLinkSecrets(settings),
  };
  const { faults } = settings;
  if (faults.length > 0 || !doors || !estate || !tables || !blobs) return { ok: false, faults, doors, blobs };
  return { ok: true, config: { doors, estate, workspaces, tables, blobs, ...rest } };
}

function readStorage(settings: Settings, name: 'TABLES_CONNECTION' | 'BLOBS_CONNECTION', service: 'Table' | 'Blob') {
  const connection = settings.required(name);
  if (connection === undefined) return undefined;
  const detail = storageConnectionFault(connection, service);
  return detail === undefined ? new Secret(connection) : settings.fault([name], detail);
}

/** For the command line: where the tables are, or what is wrong with that setting. */
export function readTables(environment: Environment): string | { readonly detail: string } {
  const settings = new Settings(environment);
  const connection = readStorage(settings, 'TABLES_CONNECTION', 'Table');
  return connection?.reveal() ?? { detail: settings.faults[0]?.detail ?? 'is missing' };
}

interface EstateAsRead<Channel extends ChannelSettings> extends ReadableParts<Channel> {
  readonly estate: Estate<Channel> | undefined;
}

function readEstate<Channel extends ChannelSettings>(
  settings: Settings,
  sources: ConfigSources<Channel>,
): EstateAsRead<Channel> {
  const path = settings.required('ESTATE_FILE');
  const text = path === undefined ? undefined : readText(settings, path, sources.readFile);
  if (text === undefined) return { estate: undefined, ...NOTHING_READABLE };
  const parsed = parseEstate(text, sources.channelSchema);
  if (parsed.ok) {
    const names = workspacesOf(parsed.estate).map(({ workspace }) => workspace.name);
    const { channels } = parsed.estate;
    return { estate: parsed.estate, channels, workspaceNames: names, provisioners: provisionersOf(parsed.estate) };
  }
  for (const { pointer, detail } of parsed.faults) settings.fault(['ESTATE_FILE', ...pathOf(pointer)], detail);
  return { estate: undefined, ...parsed.readable };
}

function readText(settings: Settings, path: string, readFile: (path: string) => string): string | undefined {
  try {
    return readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return settings.fault(['ESTATE_FILE'], `names a file that cannot be read${code}: ${path}`);
  }
}

/** Time runs faster on a laptop only. */
function readTimeScale(settings: Settings): number {
  if (settings.inAzure && settings.optional('TIME_SCALE') !== undefined) {
    settings.fault(['TIME_SCALE'], 'must not be set in Azure: it is for laptops only');
    return 1;
  }
  return settings.number('TIME_SCALE', { least: 1, most: 10_000 }, 1);
}

/** A week at least: until then a late copy of an event has to be known again. */
function readRetention(settings: Settings): Retention {
  const bounds = { least: 7, most: 3_650, whole: true };
  return {
    incidentDays: settings.number('RETENTION_INCIDENT_DAYS', bounds, defaultRetention.incidentDays),
    signalDays: settings.number('RETENTION_SIGNAL_DAYS', bounds, defaultRetention.signalDays),
    deadLetterDays: settings.number('RETENTION_DEAD_LETTER_DAYS', bounds, defaultRetention.deadLetterDays),
  };
}

function readChannelUrls(settings: Settings, channels: readonly ChannelSettings[]): Map<string, Secret> {
  const urls = new Map<string, Secret>();
  for (const [at, { name, urlSetting }] of channels.entries()) {
    // Whatever the channel's schema allows, it is checked before a fault repeats it: somebody may have put the secret address here.
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(urlSetting)) {
      settings.fault(['ESTATE_FILE', 'channels', at, 'urlSetting'], 'must be the name of a setting, e.g. WEBHOOK_URL');
      continue;
    }
    const url = settings.named(urlSetting);
    if (url === undefined) settings.missing(urlSetting, `is missing: the channel ${name} of the estate needs it`);
    else if (!isSafeUrl(url))
      settings.fault([urlSetting], 'must be an https:// address; plain http is only for this machine');
    else urls.set(urlSetting, new Secret(url));
  }
  return urls;
}

function readPublicUrl(settings: Settings): string | undefined {
  const url = settings.optional('PUBLIC_URL');
  if (url === undefined) return undefined;
  if (isOrigin(url)) return new URL(url).origin;
  return settings.fault(['PUBLIC_URL'], 'must be https:// and a host name alone; plain http is only for this machine');
}

function readApprovalLinkSecrets(settings: Settings): Secret[] {
  const text = settings.optional('APPROVAL_LINK_SECRET');
  return readRotating(settings, 'APPROVAL_LINK_SECRET', text, { what: 'secret', shortest: SHORTEST_LINK_SECRET });
}
