// The Azure services whose incidents concern an estate of Databricks workspaces (facts/azure.md 2.4). The estate may list others.

/** Without these, what we see of an estate is wrong; the estate itself may be well. */
const observing = ['Azure Monitor', 'Log Analytics', 'Application Insights'] as const;

export const defaultWatchedServices: readonly string[] = [
  'Azure Databricks',
  'Storage',
  'Azure Data Lake Storage Gen2',
  'Virtual Machines',
  'Virtual Machine Scale Sets',
  'Virtual Network',
  'Azure Private Link',
  'Azure DNS',
  'Load Balancer',
  'Network Infrastructure',
  'Microsoft Entra ID',
  'Azure Active Directory',
  'Key Vault',
  'Azure Resource Manager',
  'Event Hubs',
  'SQL Database',
  'Azure Front Door',
  'Service Bus',
  'Azure Functions',
  'App Service',
  ...observing,
];

const observingKeys: ReadonlySet<string> = new Set(observing.map(serviceKey));

/** Those of `named` that are watched, as they are named. `Key Vault` and `Azure Key Vault` are one service. */
export function watchedAmong(named: readonly string[], watched: readonly string[]): readonly string[] {
  const keys = new Set(watched.map(serviceKey));
  return named.filter((name) => keys.has(serviceKey(name)));
}

export function isObserving(service: string): boolean {
  return observingKeys.has(serviceKey(service));
}

/** Without the maker's name, what stands in brackets behind it, and spelling. */
function serviceKey(name: string): string {
  const bare = name.replace(/\([^()]{0,100}\)/g, '').trim();
  return bare
    .replace(/^(?:microsoft|azure)\s+(?=\S)/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}
