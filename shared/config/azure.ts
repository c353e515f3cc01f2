// Where Azure Resource Manager and the status page are read, and as whom: in Azure by managed identity, simulated ones by token.
import { Secret } from '../domain/secret.ts';
import { isLoopback, isOrigin, isSafeUrl } from './connections.ts';
import type { Settings } from './settings.ts';

export interface AzureConfig {
  readonly armOrigin: string;
  readonly armCredentials: 'managed-identity' | { readonly token: Secret };
  /** Undefined: nobody wants it read. */
  readonly statusPageUrl: string | undefined;
}

const ARM = 'https://management.azure.com';
/** That of Azure Databricks (facts/integrations.md 4). */
const STATUS_PAGE = 'https://status.azuredatabricks.net/1.0/status/5d49ec10226b9e13cb6a422e';

export function readAzure(settings: Settings): AzureConfig {
  const armOrigin = readArmOrigin(settings);
  const token = settings.optional('ARM_TOKEN');
  const isLocal = isLoopback(new URL(armOrigin).hostname);
  if (isLocal && !token) settings.missing('ARM_TOKEN', 'is missing: ARM_URL is on this machine');
  if (!isLocal && token)
    settings.fault(
      ['ARM_TOKEN'],
      'is only for a simulated ARM_URL on this machine; the real one is read by managed identity',
    );
  return {
    armOrigin,
    armCredentials: isLocal && token ? { token: new Secret(token) } : 'managed-identity',
    statusPageUrl: readStatusPageUrl(settings),
  };
}

function readArmOrigin(settings: Settings): string {
  const url = settings.optional('ARM_URL') ?? ARM;
  if (isOrigin(url)) return new URL(url).origin;
  settings.fault(['ARM_URL'], 'must be https:// and a host name alone; plain http is only for this machine');
  return ARM;
}

function readStatusPageUrl(settings: Settings): string | undefined {
  const url = settings.optional('STATUS_PAGE_URL') ?? STATUS_PAGE;
  if (url === 'none') return undefined;
  if (isSafeUrl(url) && new URL(url).username === '') return url;
  return settings.fault(
    ['STATUS_PAGE_URL'],
    'must be an https:// address or none; plain http is only for this machine',
  );
}
