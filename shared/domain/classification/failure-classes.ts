// The failure classes: what kind of failure a signal means. One list; playbooks, filters and API enums derive from it.

export const failureClasses = [
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
  'LakewardenDeadLetter',
] as const;

/** Failures of ourselves: no termination code means them. */
export const ownFailureClasses = ['LakewardenDeadLetter'] as const satisfies readonly FailureClass[];

export type FailureClass = (typeof failureClasses)[number];
