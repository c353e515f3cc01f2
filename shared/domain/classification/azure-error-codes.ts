// What Azure itself said (`parameters.azure_error_code`) when Databricks could not get machines: tells quota from stock-out.
// Source: facts/databricks.md 2, the refinement table.
import type { Verdict } from './termination-codes.ts';

export type AzureVerdict = Omit<Verdict, 'expectedType'>;

const quota = (why: string): AzureVerdict => ({
  failureClass: 'DatabricksQuotaExceeded',
  retry: 'alt',
  action: 'START_ALT',
  regionSignal: 0,
  why,
});
const stockOut = (why: string): AzureVerdict => ({
  failureClass: 'DatabricksResourceExhausted',
  retry: 'alt',
  action: 'START_ALT',
  regionSignal: 2,
  why,
});
const rights = (why: string): AzureVerdict => ({
  failureClass: 'DatabricksAuthorizationError',
  retry: 'no',
  action: 'TICKET',
  regionSignal: 0,
  why,
});
const policy = (why: string): AzureVerdict => ({
  failureClass: 'DatabricksPolicyBlocked',
  retry: 'no',
  action: 'TICKET',
  regionSignal: 0,
  why,
});
const throttled = (why: string): AzureVerdict => ({
  failureClass: 'DatabricksThrottled',
  retry: 'slow',
  action: 'WAIT_10M',
  regionSignal: 1,
  why,
});
const launch = (why: string): AzureVerdict => ({
  failureClass: 'DatabricksClusterStartFailure',
  retry: 'yes',
  action: 'START_BACKOFF',
  regionSignal: 1,
  why,
});

const azureErrorCodes = {
  QuotaExceeded: quota('The vCPU quota of the subscription is used up'),
  PublicIPCountLimitReached: quota('The quota of public IP addresses is used up'),
  SubnetIsFull: { ...quota('The subnet has no free addresses'), action: 'TICKET' },
  SkuNotAvailable: stockOut('Azure has no such VM size in this region now'),
  AllocationFailed: stockOut('Azure could not allocate the machines'),
  ZonalAllocationFailed: stockOut('Azure could not allocate the machines in this zone'),
  OverconstrainedAllocationRequest: stockOut('No capacity satisfies all conditions of the request'),
  OverconstrainedZonalAllocationRequest: stockOut('No capacity of this zone satisfies all conditions of the request'),
  AuthorizationFailed: rights('The identity may not do this in the resource group'),
  LinkedAuthorizationFailed: rights('The identity has no right on a linked resource, e.g. the virtual network'),
  KeyVaultAccessForbidden: rights('The key vault refuses the disk encryption key'),
  RequestDisallowedByPolicy: policy('An Azure policy forbids the resource'),
  ReadOnlyDisabledSubscription: policy('The subscription is disabled and read only'),
  TooManyRequests: throttled('Azure throttles the calls of the subscription'),
  OperationPreempted: throttled('A newer operation displaced this one'),
  RetryableError: throttled('Azure asks for a later try'),
  InternalExecutionError: launch('Azure failed internally while creating the machines'),
  NetworkingInternalOperationError: launch('Azure networking failed internally'),
  OSProvisioningTimedOut: launch('The operating system of a machine did not come up in time'),
  VMExtensionProvisioningError: launch('A VM extension failed while the machine was set up'),
  OperationTimedOut: launch('Azure did not finish the operation in time'),
} satisfies Record<string, AzureVerdict>;

/** A map, because a code may be named like a member of Object.prototype. */
const rows: ReadonlyMap<string, AzureVerdict> = new Map(Object.entries(azureErrorCodes));

/** Azure's codes around disk encryption sets are many and all mean a missing right on the key. */
const DISK_ENCRYPTION_SET = /^DiskEncryptionSet[A-Za-z]{0,80}$/;

export interface AzureRefinement {
  /** The row that decided. */
  readonly row: string;
  readonly verdict: AzureVerdict;
}

/** undefined: the table has no row for it, or Azure's words do not say what is meant. */
export function refineByAzure(azureErrorCode: string, message: string): AzureRefinement | undefined {
  const verdict = rows.get(azureErrorCode);
  if (verdict) return { row: azureErrorCode, verdict };
  if (DISK_ENCRYPTION_SET.test(azureErrorCode)) {
    return { row: 'DiskEncryptionSet*', verdict: rights('The disk encryption set or its key refuses access') };
  }
  // OperationNotAllowed is used for much; only its message tells that a quota is meant (facts/databricks.md 2).
  if (azureErrorCode === 'OperationNotAllowed' && /\bquota\b/i.test(message)) {
    return { row: 'OperationNotAllowed (quota)', verdict: quota('Azure refused because a quota would be exceeded') };
  }
  return undefined;
}

/** What a person needs to ask for more quota, as far as Azure's message tells it. */
export interface QuotaNumbers {
  readonly quota?: string;
  readonly location?: string;
  readonly limit?: number;
  readonly usage?: number;
  readonly required?: number;
}

/** undefined: the message has no such numbers. */
export function quotaNumbers(message: string): QuotaNumbers | undefined {
  const limit = number(/Current Limit: (\d{1,12})\b/i, message);
  const usage = number(/Current Usage: (\d{1,12})\b/i, message);
  const required = number(/Additional Required: (\d{1,12})\b/i, message);
  if (limit === undefined && usage === undefined && required === undefined) return undefined;
  const quotaName = /exceeding (?:approved )?([\w ]{1,80}?) quota/i.exec(message)?.[1];
  const location = /Location: ([\w-]{1,40})/i.exec(message)?.[1];
  return {
    ...(quotaName === undefined ? {} : { quota: quotaName }),
    ...(location === undefined ? {} : { location }),
    ...(limit === undefined ? {} : { limit }),
    ...(usage === undefined ? {} : { usage }),
    ...(required === undefined ? {} : { required }),
  };
}

/** `the standardDSv2Family Cores quota in eastus (limit 100, 96 in use, 12 more needed, raise it to 108)`. */
export function quotaWords({ quota = 'its', location, limit, usage, required }: QuotaNumbers): string {
  const isWhole = limit !== undefined && usage !== undefined && required !== undefined;
  const figures = [
    ...(limit === undefined ? [] : [`limit ${limit}`]),
    ...(usage === undefined ? [] : [`${usage} in use`]),
    ...(required === undefined ? [] : [`${required} more needed`]),
    ...(isWhole ? [`raise it to ${usage + required}`] : []),
  ];
  return `the ${quota} quota${location ? ` in ${location}` : ''} (${figures.join(', ')})`;
}

function number(pattern: RegExp, message: string): number | undefined {
  const digits = pattern.exec(message)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
