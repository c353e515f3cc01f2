// The ways in which a run ends: each termination code with the type, the older result and the life-cycle state that go with it.
// Codes: SDK 0.17.0. The older states: facts 2.1 and dagster#19715, astronomer-providers#460; where nobody shows them, a guess.
import type { TerminationReason } from '../cluster.ts';

interface Row {
  readonly type: 'SUCCESS' | 'CLIENT_ERROR' | 'CLOUD_FAILURE' | 'INTERNAL_ERROR';
  readonly result: string;
  readonly lifeCycle: 'TERMINATED' | 'INTERNAL_ERROR' | 'SKIPPED';
}

const brokenByCaller = { type: 'CLIENT_ERROR', result: 'FAILED', lifeCycle: 'INTERNAL_ERROR' } as const;
const brokenByPlatform = { type: 'INTERNAL_ERROR', result: 'FAILED', lifeCycle: 'INTERNAL_ERROR' } as const;
const failed = { type: 'CLIENT_ERROR', result: 'FAILED', lifeCycle: 'TERMINATED' } as const;

const ENDS = {
  SUCCESS: { type: 'SUCCESS', result: 'SUCCESS', lifeCycle: 'TERMINATED' },
  SUCCESS_WITH_FAILURES: { type: 'SUCCESS', result: 'SUCCESS_WITH_FAILURES', lifeCycle: 'TERMINATED' },
  RUN_EXECUTION_ERROR: failed,
  CLUSTER_ERROR: brokenByCaller,
  DRIVER_ERROR: brokenByPlatform,
  CLOUD_FAILURE: { type: 'CLOUD_FAILURE', result: 'FAILED', lifeCycle: 'INTERNAL_ERROR' },
  INTERNAL_ERROR: brokenByPlatform,
  BREAKING_CHANGE: brokenByPlatform,
  BUDGET_POLICY_LIMIT_EXCEEDED: brokenByCaller,
  CLUSTER_REQUEST_LIMIT_EXCEEDED: brokenByCaller,
  FEATURE_DISABLED: brokenByCaller,
  INVALID_CLUSTER_REQUEST: brokenByCaller,
  INVALID_RUN_CONFIGURATION: brokenByCaller,
  LIBRARY_INSTALLATION_ERROR: brokenByCaller,
  MAX_SPARK_CONTEXTS_EXCEEDED: brokenByCaller,
  REPOSITORY_CHECKOUT_FAILED: brokenByCaller,
  RESOURCE_NOT_FOUND: brokenByCaller,
  STORAGE_ACCESS_ERROR: brokenByCaller,
  UNAUTHORIZED_ERROR: brokenByCaller,
  WORKSPACE_RUN_LIMIT_EXCEEDED: brokenByCaller,
  USER_CANCELED: { type: 'CLIENT_ERROR', result: 'CANCELED', lifeCycle: 'TERMINATED' },
  /** By the platform: the run or the task took longer than it may. */
  CANCELED: { type: 'CLIENT_ERROR', result: 'TIMEDOUT', lifeCycle: 'TERMINATED' },
  SKIPPED: { type: 'CLIENT_ERROR', result: 'UPSTREAM_FAILED', lifeCycle: 'TERMINATED' },
  DISABLED: { type: 'SUCCESS', result: 'DISABLED', lifeCycle: 'TERMINATED' },
  MAX_CONCURRENT_RUNS_EXCEEDED: {
    type: 'CLIENT_ERROR',
    result: 'MAXIMUM_CONCURRENT_RUNS_REACHED',
    lifeCycle: 'SKIPPED',
  },
  MAX_JOB_QUEUE_SIZE_EXCEEDED: {
    type: 'CLIENT_ERROR',
    result: 'MAXIMUM_CONCURRENT_RUNS_REACHED',
    lifeCycle: 'SKIPPED',
  },
} as const satisfies Record<string, Row>;

export type EndCode = keyof typeof ENDS;

/** How a run, or a task run, ended. */
export interface End {
  readonly at: number;
  readonly code: EndCode;
  readonly type: string;
  readonly message: string;
  readonly result: string;
  readonly lifeCycle: string;
}

export const END_CODES = Object.keys(ENDS);

export function isEndCode(code: string): code is EndCode {
  return code in ENDS;
}

export function ending(code: EndCode, message = '', changed: Partial<Omit<End, 'at'>> = {}): Omit<End, 'at'> {
  return { code, ...ENDS[code], message, ...changed };
}

/** The words are those that Jobs and Data Factory print. [facts 2.1] */
export function lostCluster(clusterId: string, reason: TerminationReason | undefined): Omit<End, 'at'> {
  const { code = 'UNKNOWN', type = '', parameters = {} } = reason ?? {};
  const said = parameters.databricks_error_message ?? parameters.azure_error_message;
  const message = `Cluster '${clusterId}' was terminated. Reason: ${code} (${type}).${said ? ` ${said}` : ''}`;
  return ending('CLUSTER_ERROR', message, { type: runTypeOf(type) });
}

/** Runs know no SERVICE_FAULT, clusters no INTERNAL_ERROR. */
function runTypeOf(type: string): Row['type'] {
  if (type === 'CLOUD_FAILURE') return 'CLOUD_FAILURE';
  return type === 'SERVICE_FAULT' ? 'INTERNAL_ERROR' : 'CLIENT_ERROR';
}
