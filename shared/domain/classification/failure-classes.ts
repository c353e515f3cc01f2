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
] as const;

export type FailureClass = (typeof failureClasses)[number];
