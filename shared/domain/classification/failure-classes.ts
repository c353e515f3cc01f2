// The failure classes: what kind of failure a signal means. One list; playbooks, filters and API enums derive from it.

/** What a termination code can mean (facts/termination-codes.json). */
export const terminationFailureClasses = [
  'DatabricksAuthorizationError',
  'DatabricksBenignTermination',
  'DatabricksClusterStartFailure',
  'DatabricksClusterTerminated',
  'DatabricksConfigurationError',
  'DatabricksDnsError',
  'DatabricksDriverNotResponding',
  'DatabricksImageError',
  'DatabricksInitScriptFailure',
  'DatabricksMetastoreError',
  'DatabricksNetworkError',
  'DatabricksNotAzure',
  'DatabricksPlatformFault',
  'DatabricksPolicyBlocked',
  'DatabricksQuotaExceeded',
  'DatabricksResourceExhausted',
  'DatabricksServerlessCapacity',
  'DatabricksSpotEviction',
  'DatabricksStorageError',
  'DatabricksThrottled',
  'DatabricksUnknown',
] as const;

/** Failures that no termination code tells of: of jobs, warehouses, notebooks, and what alerts and people report. */
const componentFailureClasses = [
  'DatabricksClusterMissing',
  'DatabricksJobFailed',
  'DatabricksJobInterrupted',
  'DatabricksJobMissing',
  'DatabricksJobChanged',
  'DatabricksJobSlow',
  'DatabricksJobSuccessRateLow',
  'DatabricksStreamingBacklog',
  'DatabricksWarehouseFailed',
  'DatabricksWarehouseMissing',
  'DatabricksWarehouseStopped',
  'DatabricksNotebookChanged',
  'DatabricksNotebookMissing',
  'DatabricksSqlAlert',
  'ReportedByPerson',
] as const;

/** What Azure tells of, and what is concluded of its regions. */
export const azureFailureClasses = [
  'AzureAlert',
  'AzureRegionDegraded',
  'AzureRegionOutage',
  'AzureResourceUnavailable',
  'AzureServiceIncident',
  'UnclassifiedAlert',
] as const;

/** Failures of ourselves (D6). */
export const ownFailureClasses = [
  'LakewardenBlind',
  'LakewardenBreakerOpened',
  'LakewardenClusterFailureRate',
  'LakewardenDeadLetter',
  'LakewardenIncidentUnreadable',
  'LakewardenMessageUndelivered',
  'LakewardenRecoveryFailed',
  'LakewardenSourceQuiet',
  'LakewardenSummaryUndelivered',
  'LakewardenTimerMissed',
  'LakewardenUnknownCode',
] as const;

export const failureClasses = [
  ...terminationFailureClasses,
  ...componentFailureClasses,
  ...azureFailureClasses,
  ...ownFailureClasses,
] as const;

export type FailureClass = (typeof failureClasses)[number];
