// What may be written into an estate file as a name, an address or a length of time; each says in the user's words what it wants.
import * as z from 'zod';
import { isClusterId, isNumberId, isWarehouseId } from '../ids.ts';

/** Workspaces, pairs and channels: they become parts of subjects, keys and settings. */
export const plainName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, 'must be letters, digits and hyphens, at most 64 characters');

/** Shown to people. */
export const title = z.string().min(1).max(200);

/** The SDK puts ids into paths unencoded (facts/databricks.md 1.3), so only these forms pass. */
export const clusterId = z
  .string()
  .refine(isClusterId, 'must be a cluster id: letters, digits and hyphens, e.g. 0424-035941-pl8ku9sr');
export const warehouseId = z
  .string()
  .refine(isWarehouseId, 'must be a warehouse id: 16 hexadecimal digits, e.g. f24fd0345a24b381');
export const jobId = z
  .string()
  .refine(
    (id): boolean => isNumberId(id),
    'must be a job id in quotes: digits without a leading 0, not above 2^53, e.g. "516892700102118"',
  );
export const poolId = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/, 'must be an instance pool id: letters, digits and hyphens');
export const pipelineId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be a pipeline id: a UUID in small letters');
export const endpointName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'must be the name of a serving endpoint: letters, digits, _ and -');

export const notebookPath = z
  .string()
  .max(1_000)
  .regex(/^(\/(?!\.{1,2}(?:\/|$))[^/\p{Cc}]+)+$/u, 'must be a workspace path from its root, e.g. /Shared/setup');

export const region = z.string().regex(/^[a-z][a-z0-9]{2,49}$/, 'must be an Azure region, e.g. eastus');

/** Azure's own rule for resource groups. */
export const resourceGroup = z
  .string()
  .regex(/^[\w().-]{0,89}[\w()-]$/, 'must be the name of a resource group, at most 90 characters');

export const subscriptionId = z
  .string()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'must be the id of an Azure subscription: a UUID in small letters',
  );

const NETWORK_RESOURCE =
  '/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[\\w().-]{0,89}[\\w()-]/providers/Microsoft\\.Network';
/** Of a network, a peering or a circuit: never `.` or `..`, which would lead elsewhere in an address. */
const NETWORK_NAME = '[A-Za-z0-9][\\w.-]{0,79}';

export const peeringId = z
  .string()
  .regex(
    new RegExp(`^${NETWORK_RESOURCE}/virtualNetworks/${NETWORK_NAME}/virtualNetworkPeerings/${NETWORK_NAME}$`, 'i'),
    'must be the resource id of a VNet peering: /subscriptions/.../virtualNetworks/<name>/virtualNetworkPeerings/<name>',
  );
export const expressRouteCircuitId = z
  .string()
  .regex(
    new RegExp(`^${NETWORK_RESOURCE}/expressRouteCircuits/${NETWORK_NAME}$`, 'i'),
    'must be the resource id of an ExpressRoute circuit: /subscriptions/.../expressRouteCircuits/<name>',
  );

export const httpsUrl = z
  .string()
  .refine(
    isHttpsOrigin,
    'must be https:// and a host name without path, user or query, e.g. https://adb-1.2.azuredatabricks.net',
  );

export const hostName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a host name alone, e.g. lakehouse-a1b2c3.z01.azurefd.net');

export const tableName = z
  .string()
  .regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+){1,2}$/, 'must be schema.table, or catalog.schema.table with Unity Catalog');

export const terraformAddress = z
  .string()
  .max(500)
  .regex(/^[A-Za-z_][\w-]*(\[[^\]]+\])?(\.[A-Za-z_][\w-]*(\[[^\]]+\])?)+$/, 'must be a Terraform resource address');

export const nodeType = z.string().regex(/^\w[\w.-]{0,99}$/, 'must be a node type, e.g. Standard_D4ds_v5');
export const workers = z.int().min(0).max(10_000);
export const seconds = z.int().min(1).max(86_400);
export const minutes = z.int().min(1).max(10_080);

function isHttpsOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return url.protocol === 'https:' && bare;
}
