// What makes two reports one failure (A5): workspace, component, time of failure and code. A missing time is completed later.

export interface FailureIdentity {
  readonly workspace: string | null;
  readonly component: string;
  readonly code: string;
  /** ISO instant on the service's clock. */
  readonly failedAt?: string | undefined;
}

export function failureKey(identity: FailureIdentity): string {
  const { workspace, component, code, failedAt } = identity;
  return `${workspace ?? 'unknown'}/${component}@${failedAt ?? 'unknown'}#${code}`;
}

/** Whether a failure of this time lies before the recovery of the last incident: the same failure, heard late. */
export function isBeforeRecovery(terminatedAt: string | undefined, recoveredAt: string | undefined): boolean {
  return terminatedAt !== undefined && recoveredAt !== undefined && terminatedAt <= recoveredAt;
}
