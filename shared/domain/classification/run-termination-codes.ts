// What every termination code of a run, or of one of its tasks, means (facts/databricks.md 2.1). The compiler proves that the table has
// exactly the codes of the SDK.
import type { jobs } from '@databricks/sdk-experimental';
import type { FailureClass } from './failure-classes.ts';
import type { Retry } from './termination-codes.ts';

/** Whose fault it was: nobody's, the cluster's (whose own reason is nearer to the cause), the platform's, or of what the job does. */
export type Fault = 'none' | 'cluster' | 'platform' | 'job';

export interface RunVerdict {
  readonly fault: Fault;
  /** What a person is told of it; what can be recovered is `DatabricksJobInterrupted`. */
  readonly failureClass: FailureClass;
  readonly retry: Retry;
  readonly why: string;
}

function none(why: string): RunVerdict {
  return { fault: 'none', failureClass: 'DatabricksBenignTermination', retry: 'never', why };
}

function cluster(failureClass: FailureClass, retry: Retry, why: string): RunVerdict {
  return { fault: 'cluster', failureClass, retry, why };
}

function platform(failureClass: FailureClass, retry: Retry, why: string): RunVerdict {
  return { fault: 'platform', failureClass, retry, why };
}

function job(failureClass: FailureClass, why: string): RunVerdict {
  return { fault: 'job', failureClass, retry: 'no', why };
}

export const runTerminationCodes = {
  SUCCESS: none('It succeeded'),
  SUCCESS_WITH_FAILURES: none('It succeeded, although a task that does not count failed'),
  SKIPPED: none('It was not run, because another task or a condition kept it from running'),
  DISABLED: none('The task is switched off'),
  USER_CANCELED: none('A person cancelled it'),
  CLUSTER_ERROR: cluster('DatabricksClusterTerminated', 'yes', 'Its cluster failed'),
  DRIVER_ERROR: cluster('DatabricksDriverNotResponding', 'yes', 'The driver of its cluster failed'),
  CLOUD_FAILURE: cluster('DatabricksResourceExhausted', 'alt', 'Azure failed under its cluster'),
  INVALID_CLUSTER_REQUEST: cluster('DatabricksConfigurationError', 'no', 'The cluster it asks for cannot be made'),
  LIBRARY_INSTALLATION_ERROR: cluster('DatabricksConfigurationError', 'no', 'A library could not be installed'),
  CLUSTER_REQUEST_LIMIT_EXCEEDED: platform('DatabricksThrottled', 'slow', 'Too many clusters were asked for at once'),
  INTERNAL_ERROR: platform('DatabricksPlatformFault', 'yes', 'Databricks itself failed'),
  STORAGE_ACCESS_ERROR: platform('DatabricksStorageError', 'slow', 'Its storage could not be reached'),
  REPOSITORY_CHECKOUT_FAILED: platform('DatabricksNetworkError', 'yes', 'Its code could not be fetched from git'),
  MAX_CONCURRENT_RUNS_EXCEEDED: platform('DatabricksResourceExhausted', 'slow', 'Enough runs of the job were active'),
  MAX_JOB_QUEUE_SIZE_EXCEEDED: platform('DatabricksResourceExhausted', 'slow', 'The queue of the job was full'),
  MAX_SPARK_CONTEXTS_EXCEEDED: platform('DatabricksResourceExhausted', 'slow', 'Its cluster had too many contexts'),
  WORKSPACE_RUN_LIMIT_EXCEEDED: platform('DatabricksThrottled', 'slow', 'The workspace had too many runs'),
  RUN_EXECUTION_ERROR: job('DatabricksJobFailed', 'What the task does raised an error'),
  CANCELED: job('DatabricksJobFailed', 'It took longer than it may, or was cancelled by the platform'),
  UNAUTHORIZED_ERROR: job('DatabricksAuthorizationError', 'The identity of the job may not do what it does'),
  INVALID_RUN_CONFIGURATION: job('DatabricksConfigurationError', 'The settings of the job are wrong'),
  RESOURCE_NOT_FOUND: job('DatabricksConfigurationError', 'Something that the job names does not exist here'),
  FEATURE_DISABLED: job('DatabricksConfigurationError', 'It needs a feature that is switched off'),
  BUDGET_POLICY_LIMIT_EXCEEDED: job('DatabricksPolicyBlocked', 'A budget policy stopped it'),
} as const satisfies Record<jobs.TerminationCodeCode, RunVerdict>;

/** Codes that Databricks knows and the SDK does not (facts/databricks.md 2.1). */
const extraRunTerminationCodes: Readonly<Record<string, RunVerdict>> = {
  BREAKING_CHANGE: job('DatabricksConfigurationError', 'Databricks has changed what the job relies on'),
};

/** undefined: a code that nobody knows. */
export function runVerdictOf(code: string): RunVerdict | undefined {
  const rows: Readonly<Record<string, RunVerdict>> = { ...extraRunTerminationCodes, ...runTerminationCodes };
  return Object.hasOwn(rows, code) ? rows[code] : undefined;
}
