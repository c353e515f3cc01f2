// One run of the simulated HCP Terraform: what there is to know of it, and how the API shows it. Values only.
export const RUN_STATUSES = [
  'pending',
  'plan_queued',
  'planning',
  'planned',
  'policy_checking',
  'policy_checked',
  'policy_override',
  'planned_and_finished',
  'confirmed',
  'apply_queued',
  'applying',
  'applied',
  'errored',
  'discarded',
  'canceled',
  'force_canceled',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

const ENDED: ReadonlySet<RunStatus> = new Set([
  'planned_and_finished',
  'applied',
  'errored',
  'discarded',
  'canceled',
  'force_canceled',
]);

export interface Counts {
  readonly additions: number;
  readonly changes: number;
  readonly destructions: number;
}

export type Change = 'create' | 'update' | 'replace';

export interface PlannedChange {
  readonly address: string;
  readonly change: Change;
}

export interface Run {
  readonly id: string;
  readonly workspaceId: string;
  readonly message: string;
  readonly createdAt: number;
  readonly autoApply: boolean;
  readonly planOnly: boolean;
  readonly refresh: boolean;
  readonly targets: readonly string[] | null;
  readonly variables: readonly { readonly key: string; readonly value: string }[];
  readonly status: RunStatus;
  readonly since: Readonly<Record<string, string>>;
  readonly planned?: readonly PlannedChange[];
  /** Which phase errored; the reason stands in that phase's log. */
  readonly failedIn?: 'plan' | 'apply';
  readonly log?: string;
  readonly cancelRequestedAt?: number;
}

export function hasEnded(run: Run): boolean {
  return ENDED.has(run.status);
}

/** Runs that hold their workspace: everything between the queue and the end. */
export function isCurrent(run: Run): boolean {
  return !hasEnded(run) && run.status !== 'pending' && !run.planOnly;
}

export function isConfirmable({ status, planned }: Run): boolean {
  return (status === 'planned' || status === 'policy_checked') && planned !== undefined;
}

/** Waiting for a person or for its turn. */
export function isDiscardable(run: Run): boolean {
  return isConfirmable(run) || run.status === 'pending' || run.status === 'policy_override';
}

export function isCancelable({ status, cancelRequestedAt }: Run): boolean {
  return (
    cancelRequestedAt === undefined &&
    (status === 'plan_queued' || status === 'planning' || status === 'apply_queued' || status === 'applying')
  );
}

function countsOf({ planned = [] }: Run): Counts {
  const of = (...kinds: Change[]) => planned.filter(({ change }) => kinds.includes(change)).length;
  return { additions: of('create', 'replace'), changes: of('update'), destructions: of('replace') };
}

export function moved(run: Run, status: RunStatus, now: number, more: Partial<Run> = {}): Run {
  const at = new Date(now).toISOString();
  return { ...run, ...more, status, since: { ...run.since, [`${status.replaceAll('_', '-')}-at`]: at } };
}

export interface RunRights {
  readonly mayApply: boolean;
  readonly forceCancelFrom: number | undefined;
  readonly now: number;
}

export function viewOf(run: Run, rights: RunRights): Record<string, unknown> {
  const { mayApply, forceCancelFrom, now } = rights;
  return {
    id: run.id,
    type: 'runs',
    attributes: {
      actions: {
        'is-cancelable': isCancelable(run),
        'is-confirmable': isConfirmable(run),
        'is-discardable': isDiscardable(run),
        'is-force-cancelable': forceCancelFrom !== undefined && now >= forceCancelFrom && !hasEnded(run),
      },
      'auto-apply': run.autoApply,
      'created-at': new Date(run.createdAt).toISOString(),
      ...(forceCancelFrom === undefined
        ? {}
        : { 'force-cancel-available-at': new Date(forceCancelFrom).toISOString() }),
      'has-changes': (run.planned?.length ?? 0) > 0,
      'is-destroy': false,
      message: run.message,
      permissions: {
        'can-apply': mayApply,
        'can-cancel': mayApply,
        'can-discard': mayApply,
        'can-force-cancel': false,
      },
      'plan-only': run.planOnly,
      refresh: run.refresh,
      'refresh-only': false,
      source: 'tfe-api',
      status: run.status,
      'status-timestamps': run.since,
      'target-addrs': run.targets,
      variables: run.variables,
    },
    relationships: {
      workspace: { data: { id: run.workspaceId, type: 'workspaces' } },
      plan: { data: { id: planIdOf(run), type: 'plans' } },
      apply: { data: { id: applyIdOf(run), type: 'applies' } },
    },
    links: { self: `/api/v2/runs/${run.id}` },
  };
}

function planIdOf({ id }: Run): string {
  return id.replace('run-', 'plan-');
}

function applyIdOf({ id }: Run): string {
  return id.replace('run-', 'apply-');
}

export function runIdOf(phaseId: string): string {
  return phaseId.replace(/^(plan|apply)-/, 'run-');
}

export function phaseView(run: Run, kind: 'plans' | 'applies'): Record<string, unknown> {
  const { additions, changes, destructions } = countsOf(run);
  const isApply = kind === 'applies';
  const known = isApply ? run.status === 'applied' : run.planned !== undefined;
  return {
    id: isApply ? applyIdOf(run) : planIdOf(run),
    type: kind,
    attributes: {
      status: isApply ? applyStatus(run) : planStatus(run),
      ...(isApply ? {} : { 'has-changes': (run.planned?.length ?? 0) > 0 }),
      'resource-additions': known ? additions : null,
      'resource-changes': known ? changes : null,
      'resource-destructions': known ? destructions : null,
      'resource-imports': known ? 0 : null,
    },
  };
}

function planStatus(run: Run): string {
  if (run.failedIn === 'plan') return 'errored';
  if (run.planned !== undefined) return 'finished';
  if (hasEnded(run)) return 'canceled';
  return run.status === 'planning' ? 'running' : 'pending';
}

function applyStatus(run: Run): string {
  if (run.failedIn === 'apply') return 'errored';
  if (run.status === 'applied') return 'finished';
  if (run.status === 'canceled' || run.status === 'force_canceled') return 'canceled';
  if (hasEnded(run)) return 'unreachable';
  return run.status === 'applying' ? 'running' : 'pending';
}
