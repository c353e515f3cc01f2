// What can be in the way of a start, as rules that a test or a scenario sets: no stock, no quota, a configuration that Spark does not
// take, an init script that fails. A rule judges each request by itself; it lasts until it is lifted, or the request changes.
import { z } from 'zod';
import { type QuotaFigures, quotaMessage, stockoutMessage } from './cloud-messages.ts';
import type { TerminationReason } from './cluster.ts';
import type { NodeRequest } from './node-request.ts';
import { nodeType } from './node-types.ts';

const count = z.int().nonnegative();

const stockoutSchema = z.strictObject({
  kind: z.literal('stockout'),
  node_type_id: z.string(),
  /** The most of them that one request still gets. */
  nodes: count.default(0),
  /** `spot`: only machines that must be spot are missing. */
  tier: z.enum(['all', 'spot']).default('all'),
  azure_error_code: z
    .enum(['SkuNotAvailable', 'ZonalAllocationFailed', 'AllocationFailed', 'OverconstrainedAllocationRequest'])
    .default('SkuNotAvailable'),
  code: z.string().default('CLOUD_PROVIDER_RESOURCE_STOCKOUT'),
});
const quotaSchema = z.strictObject({
  kind: z.literal('quota'),
  /** A family, `cores` (all on-demand machines of the region) or `lowPriorityCores` (all spot machines). */
  family: z.string(),
  limit: count,
  /** Of which are taken before the request. */
  used: count,
  azure_error_code: z.enum(['QuotaExceeded', 'OperationNotAllowed']).default('QuotaExceeded'),
});
const configurationSchema = z.strictObject({
  kind: z.literal('configuration'),
  cluster_id: z.string().optional(),
  /** A path into the specification; the segments of a key with dots in it are joined: `["spark_conf", "spark.driver.memory"]`. */
  field: z.array(z.string()).min(1),
  /** The value that is not taken; any value of the field without it. */
  value: z.unknown(),
  code: z.string().default('INVALID_ARGUMENT'),
  type: z.string().default('CLIENT_ERROR'),
  message: z.string().optional(),
});
const initScriptSchema = z.strictObject({
  kind: z.literal('init-script'),
  destination: z.string(),
  exit_code: z.int().default(1),
});

export const obstacleSchema = z.discriminatedUnion('kind', [
  stockoutSchema,
  quotaSchema,
  configurationSchema,
  initScriptSchema,
]);
export type Obstacle = z.output<typeof obstacleSchema>;

/** One start, or one enlargement, that somebody asked for. */
export interface LaunchRequest {
  readonly id: string;
  readonly region: string;
  readonly nodes: readonly NodeRequest[];
  /** A warehouse has none. */
  readonly spec?: Readonly<Record<string, unknown>> | undefined;
}

/** Why the request fails by this rule, if it does. */
export function judge(obstacle: Obstacle, request: LaunchRequest): TerminationReason | undefined {
  switch (obstacle.kind) {
    case 'stockout':
      return judgeStock(obstacle, request);
    case 'quota':
      return judgeQuota(obstacle, request);
    case 'configuration':
      return judgeConfiguration(obstacle, request);
    case 'init-script':
      return judgeInitScript(obstacle, request);
  }
}

function judgeStock(
  { node_type_id, nodes, tier, azure_error_code, code }: z.output<typeof stockoutSchema>,
  { nodes: asked, region }: LaunchRequest,
): TerminationReason | undefined {
  const isMissing = (one: NodeRequest) => one.nodeType === node_type_id && (tier === 'all' || one.tier === 'spot');
  if (sum(asked.filter(isMissing), () => 1) <= nodes) return undefined;
  const spot = tier === 'spot';
  const azure_error_message = stockoutMessage(azure_error_code, { nodeType: node_type_id, region, spot });
  return { code, type: 'CLOUD_FAILURE', parameters: { azure_error_code, azure_error_message } };
}

/** Spot machines count against a quota of their own. [learn.microsoft.com/azure/quotas/spot-quota] */
function judgeQuota(
  { family, limit, used, azure_error_code }: z.output<typeof quotaSchema>,
  { nodes, region }: LaunchRequest,
): TerminationReason | undefined {
  const counts = ({ nodeType: id, tier }: NodeRequest) =>
    family === 'lowPriorityCores'
      ? tier === 'spot'
      : tier === 'on-demand' && (family === 'cores' || nodeType(id).family === family);
  const required = sum(nodes.filter(counts), ({ nodeType: id }) => nodeType(id).cores);
  if (required === 0 || used + required <= limit) return undefined;
  const figures: QuotaFigures = { family, region, limit, used, required };
  const code =
    azure_error_code === 'QuotaExceeded' ? 'AZURE_QUOTA_EXCEEDED_EXCEPTION' : 'AZURE_OPERATION_NOT_ALLOWED_EXCEPTION';
  return {
    code,
    type: 'CLIENT_ERROR',
    parameters: { azure_error_code, azure_error_message: quotaMessage(figures) },
  };
}

function judgeConfiguration(
  { cluster_id, field, value, code, type, message }: z.output<typeof configurationSchema>,
  { id, spec }: LaunchRequest,
): TerminationReason | undefined {
  if (cluster_id !== undefined && cluster_id !== id) return undefined;
  const found = field.reduce<unknown>((inside, key) => Object(inside)[key], spec);
  if (found === undefined || (value !== undefined && JSON.stringify(found) !== JSON.stringify(value))) return undefined;
  const databricks_error_message = message ?? `Invalid value for ${field.join('.')}: ${JSON.stringify(found)}`;
  return { code, type, parameters: { databricks_error_message } };
}

/** [seen: the words of the cluster page] */
function judgeInitScript(
  { destination, exit_code }: z.output<typeof initScriptSchema>,
  { spec }: LaunchRequest,
): TerminationReason | undefined {
  const scripts = Array.isArray(spec?.init_scripts) ? spec.init_scripts : [];
  const runs = scripts.some((script) =>
    Object.values(Object(script)).some((at) => Object(at).destination === destination),
  );
  if (!runs) return undefined;
  const databricks_error_message = `Cluster scoped init script ${destination} failed: Script exit status is non-zero (${exit_code})`;
  return {
    code: 'INIT_SCRIPT_FAILURE',
    type: 'CLIENT_ERROR',
    parameters: { databricks_error_message },
  };
}

function sum(requests: readonly NodeRequest[], each: (request: NodeRequest) => number): number {
  return requests.reduce((total, request) => total + request.nodes * each(request), 0);
}
