import { expect, test } from 'vitest';
import { quotaNumbers, refineByAzure } from '../../../../shared/domain/classification/azure-error-codes.ts';

/** As Azure writes it (facts/databricks.md 2). */
const CORES_MESSAGE =
  'Operation could not be completed as it results in exceeding approved standardDSv2Family Cores quota. Additional details - ' +
  'Deployment Model: Resource Manager, Location: westus2, Current Limit: 100, Current Usage: 96, Additional Required: 8, ' +
  '(Minimum) New Limit Required: 104.';

test.each([
  ['QuotaExceeded', 'DatabricksQuotaExceeded', 'alt'],
  ['PublicIPCountLimitReached', 'DatabricksQuotaExceeded', 'alt'],
  ['SubnetIsFull', 'DatabricksQuotaExceeded', 'alt'],
  ['SkuNotAvailable', 'DatabricksResourceExhausted', 'alt'],
  ['AllocationFailed', 'DatabricksResourceExhausted', 'alt'],
  ['ZonalAllocationFailed', 'DatabricksResourceExhausted', 'alt'],
  ['OverconstrainedAllocationRequest', 'DatabricksResourceExhausted', 'alt'],
  ['OverconstrainedZonalAllocationRequest', 'DatabricksResourceExhausted', 'alt'],
  ['AuthorizationFailed', 'DatabricksAuthorizationError', 'no'],
  ['LinkedAuthorizationFailed', 'DatabricksAuthorizationError', 'no'],
  ['KeyVaultAccessForbidden', 'DatabricksAuthorizationError', 'no'],
  ['DiskEncryptionSetNotFound', 'DatabricksAuthorizationError', 'no'],
  ['RequestDisallowedByPolicy', 'DatabricksPolicyBlocked', 'no'],
  ['ReadOnlyDisabledSubscription', 'DatabricksPolicyBlocked', 'no'],
  ['TooManyRequests', 'DatabricksThrottled', 'slow'],
  ['OperationPreempted', 'DatabricksThrottled', 'slow'],
  ['RetryableError', 'DatabricksThrottled', 'slow'],
  ['InternalExecutionError', 'DatabricksClusterStartFailure', 'yes'],
  ['NetworkingInternalOperationError', 'DatabricksClusterStartFailure', 'yes'],
  ['OSProvisioningTimedOut', 'DatabricksClusterStartFailure', 'yes'],
  ['VMExtensionProvisioningError', 'DatabricksClusterStartFailure', 'yes'],
  ['OperationTimedOut', 'DatabricksClusterStartFailure', 'yes'],
])('C1: %s of Azure means %s', (azureErrorCode, failureClass, retry) => {
  expect(refineByAzure(azureErrorCode, '')?.verdict).toMatchObject({ failureClass, retry });
});

test('C1: only a stock-out speaks strongly of the region', () => {
  expect(refineByAzure('AllocationFailed', '')?.verdict.regionSignal).toBe(2);
  expect(refineByAzure('QuotaExceeded', '')?.verdict.regionSignal).toBe(0);
});

test('C1: OperationNotAllowed means a quota only where its message says so', () => {
  expect(refineByAzure('OperationNotAllowed', CORES_MESSAGE)?.verdict.failureClass).toBe('DatabricksQuotaExceeded');
  expect(refineByAzure('OperationNotAllowed', 'The VM is being deallocated')).toBeUndefined();
  expect(refineByAzure('OperationNotAllowed', 'Quotation marks are not allowed')).toBeUndefined();
});

test('C1: the numbers of a quota are read from the message', () => {
  const expected = { quota: 'standardDSv2Family Cores', location: 'westus2', limit: 100, usage: 96, required: 8 };
  expect(quotaNumbers(CORES_MESSAGE)).toEqual(expected);
});

test('C1: a message with some of the numbers gives those, one without any gives none', () => {
  expect(quotaNumbers('Current Limit: 0')).toEqual({ limit: 0 });
  expect(quotaNumbers('Location: eastus, something failed')).toBeUndefined();
  expect(quotaNumbers('')).toBeUndefined();
});

test('C1: a number of absurd length is no number', () => {
  expect(quotaNumbers(`Current Limit: ${'9'.repeat(400)}`)).toBeUndefined();
});
