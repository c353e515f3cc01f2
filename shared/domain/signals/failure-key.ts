// What makes two reports one failure (A5): workspace, cluster, termination time and code. A missing time is completed later.

export interface FailureIdentity {
  readonly workspace: string | null;
  readonly clusterId: string;
  readonly code: string;
  /** ISO instant on the service's clock. */
  readonly terminatedAt?: string | undefined;
}

export function failureKey(identity: FailureIdentity): string {
  const { workspace, clusterId, code, terminatedAt } = identity;
  return `${workspace ?? 'unknown'}/${clusterId}@${terminatedAt ?? 'unknown'}#${code}`;
}

/** Whether a failure of this time lies before the recovery of the last incident: the same failure, heard late. */
export function isBeforeRecovery(terminatedAt: string | undefined, recoveredAt: string | undefined): boolean {
  return terminatedAt !== undefined && recoveredAt !== undefined && terminatedAt <= recoveredAt;
}
