// What makes two reports one failure (A5): workspace, component, time of failure and code. A missing time is completed later.

import type { JobRun } from './signal.ts';

export interface FailureIdentity {
  readonly workspace: string | null;
  readonly component: string;
  readonly code: string;
  /** ISO instant on the service's clock. */
  readonly failedAt?: string | undefined;
  /** Of a job: which of its runs, and which try of what. */
  readonly run?: JobRun | undefined;
}

export function failureKey(identity: FailureIdentity): string {
  const { workspace, component, code, failedAt, run } = identity;
  const key = `${workspace ?? 'unknown'}/${component}@${failedAt ?? 'unknown'}#${code}`;
  if (!run) return key;
  const { runId, task = '', attempt = 0, repairs = 0 } = run;
  return `${key}/${runId}/${task}/${attempt}/${repairs}`;
}

/** Whether a failure of this time lies before the recovery of the last incident: the same failure, heard late. */
export function isBeforeRecovery(terminatedAt: string | undefined, recoveredAt: string | undefined): boolean {
  return terminatedAt !== undefined && recoveredAt !== undefined && terminatedAt <= recoveredAt;
}
