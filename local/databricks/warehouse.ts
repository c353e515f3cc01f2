// A SQL warehouse: a state machine of values, like a cluster's. What will happen by itself is dated, and happens when somebody looks.
import { after, type Moment, type StartOrder, type TerminationReason } from './cluster.ts';
import { refusal } from './errors.ts';
import { DURATION_SECONDS } from './refusals.ts';

export const WAREHOUSE_STATES = ['STARTING', 'RUNNING', 'STOPPING', 'STOPPED', 'DELETING', 'DELETED'] as const;
export type WarehouseState = (typeof WAREHOUSE_STATES)[number];

export interface WarehouseSettings {
  readonly name: string;
  readonly cluster_size: string;
  readonly auto_stop_mins: number;
  readonly min_num_clusters: number;
  readonly max_num_clusters: number;
  readonly enable_photon: boolean;
  readonly enable_serverless_compute: boolean;
  readonly warehouse_type: string;
  readonly spot_instance_policy: string;
  readonly channel?: unknown;
  readonly tags?: unknown;
}

export interface Health {
  readonly status: 'HEALTHY' | 'DEGRADED' | 'FAILED';
  readonly summary?: string | undefined;
  readonly details?: string | undefined;
  readonly failure_reason?: TerminationReason | undefined;
}

/** What becomes of the queries of a warehouse that is RUNNING. */
export type Queries = { readonly mode: 'answer' | 'hang' } | { readonly mode: 'fail'; readonly message: string };

type Change = { to: 'running' } | { to: 'failing'; reason: TerminationReason } | { to: 'stopped' } | { to: 'deleted' };

export interface Warehouse {
  readonly id: string;
  readonly settings: WarehouseSettings;
  readonly creator: string;
  readonly state: WarehouseState;
  readonly due: readonly { readonly at: number; readonly change: Change }[];
  /** What is told instead of what the state says. */
  readonly health: Health | undefined;
  readonly deletedAt: number | undefined;
  /** When it came up last: what ran on it before is lost. */
  readonly runningSince: number | undefined;
  /** One for each of the next starts. */
  readonly onStart: readonly StartOrder[];
  readonly queries: Queries;
}

export function newWarehouse(id: string, settings: WarehouseSettings, creator: string): Warehouse {
  const queries = { mode: 'answer' } as const;
  const nothing = { due: [], health: undefined, deletedAt: undefined, runningSince: undefined, onStart: [] };
  return { id, settings, creator, state: 'STOPPED', queries, ...nothing };
}

/** Lets everything happen that is due by now. */
export function settleWarehouse(warehouse: Warehouse, now: number): Warehouse {
  const [next, ...rest] = warehouse.due;
  if (!next || next.at > now) return warehouse;
  return settleWarehouse(happen({ ...warehouse, due: rest }, next.change, next.at), now);
}

/** "Starting when RUNNING is harmless"; a start during the way down is refused. [facts 1.9; the refusal is a guess, the harder reading] */
export function startWarehouse(warehouse: Warehouse, moment: Moment): Warehouse {
  if (warehouse.state === 'RUNNING' || warehouse.state === 'STARTING') return warehouse;
  if (warehouse.state !== 'STOPPED') throw inState(warehouse, 'started');
  return comeUp(warehouse, moment);
}

/** A query starts a warehouse that is down, also one on its way down. */
export function wakeWarehouse(warehouse: Warehouse, moment: Moment): Warehouse {
  return warehouse.state === 'STOPPED' || warehouse.state === 'STOPPING' ? comeUp(warehouse, moment) : warehouse;
}

export function stopWarehouse(warehouse: Warehouse, moment: Moment): Warehouse {
  if (warehouse.state === 'STOPPED' || warehouse.state === 'STOPPING') return warehouse;
  if (isGoing(warehouse)) throw inState(warehouse, 'stopped');
  const due = [{ at: after(moment, DURATION_SECONDS.warehouseStop), change: { to: 'stopped' } as const }];
  return { ...warehouse, state: 'STOPPING', health: undefined, due };
}

/** New settings; other machines are taken at once by one that is up, and at the next start by one that is down. */
export function editWarehouse(warehouse: Warehouse, settings: WarehouseSettings, moment: Moment): Warehouse {
  if (isGoing(warehouse)) throw inState(warehouse, 'edited');
  const edited = { ...warehouse, settings };
  if (warehouse.state === 'STARTING') return comeUp(edited, moment);
  const needsOthers = machinesOf(settings) !== machinesOf(warehouse.settings);
  return warehouse.state === 'RUNNING' && needsOthers ? comeUp(edited, moment) : edited;
}

export function deleteWarehouse(warehouse: Warehouse, moment: Moment): Warehouse {
  if (isGoing(warehouse)) return warehouse;
  const due = [{ at: after(moment, DURATION_SECONDS.warehouseDelete), change: { to: 'deleted' } as const }];
  return { ...warehouse, state: 'DELETING', health: undefined, due };
}

/** STOPPED at once, as when its clusters are lost and do not come back. */
export function failWarehouse(warehouse: Warehouse, reason: TerminationReason): Warehouse {
  return { ...warehouse, state: 'STOPPED', due: [], health: failed(reason) };
}

/** When it will be RUNNING; `failsAt` when it will have given up. */
export function outlookOf(
  { state, due, health }: Warehouse,
  now: number,
): { runsAt: number } | { failsAt: number; words: string } {
  if (state === 'RUNNING') return { runsAt: now };
  const up = due.find(({ change }) => change.to === 'running');
  if (up) return { runsAt: up.at };
  const reasons = due.flatMap(({ change }) => (change.to === 'failing' ? [failed(change.reason)] : []));
  return { failsAt: due.at(-1)?.at ?? now, words: wordsOf(reasons[0] ?? health ?? { status: 'FAILED' }) };
}

export function wordsOf({ summary = '', details = '' }: Health): string {
  return `${summary} ${details}`.trim();
}

function comeUp(warehouse: Warehouse, moment: Moment): Warehouse {
  const [order, ...onStart] = warehouse.onStart;
  const reason = order ? order.reason : moment.obstacle?.();
  const { warehouseStart, warehouseStartServerless, warehouseRetries, startFailure } = DURATION_SECONDS;
  const usual = warehouse.settings.enable_serverless_compute ? warehouseStartServerless : warehouseStart;
  const starting = { ...warehouse, onStart, state: 'STARTING' as const, health: undefined };
  if (!reason)
    return { ...starting, due: [{ at: after(moment, order?.afterSeconds ?? usual), change: { to: 'running' } }] };
  const failsAfter = order?.afterSeconds ?? startFailure;
  return {
    ...starting,
    due: [
      { at: after(moment, failsAfter), change: { to: 'failing', reason } },
      { at: after(moment, failsAfter + warehouseRetries), change: { to: 'stopped' } },
    ],
  };
}

function happen(warehouse: Warehouse, change: Change, at: number): Warehouse {
  switch (change.to) {
    case 'running':
      return { ...warehouse, state: 'RUNNING', health: undefined, runningSince: at };
    case 'failing':
      return { ...warehouse, health: failed(change.reason) };
    case 'stopped':
      return { ...warehouse, state: 'STOPPED' };
    case 'deleted':
      return { ...warehouse, state: 'DELETED', deletedAt: at };
  }
}

/** [seen: the summary, terraform-provider-databricks#4496] */
function failed(reason: TerminationReason): Health {
  const { azure_error_message, databricks_error_message } = reason.parameters ?? {};
  const details = azure_error_message ?? databricks_error_message ?? `${reason.code} (${reason.type ?? ''})`;
  const summary = 'Clusters are failing to launch. Cluster launch will be retried.';
  return { status: 'FAILED', summary, details, failure_reason: reason };
}

function isGoing({ state }: Warehouse): boolean {
  return state === 'DELETING' || state === 'DELETED';
}

function machinesOf(settings: WarehouseSettings): string {
  const { cluster_size, enable_photon, enable_serverless_compute, warehouse_type, spot_instance_policy, channel } =
    settings;
  return JSON.stringify([
    cluster_size,
    enable_photon,
    enable_serverless_compute,
    warehouse_type,
    spot_instance_policy,
    channel,
  ]);
}

function inState({ id, state }: Warehouse, verb: string) {
  return refusal(400, 'INVALID_STATE', `SQL warehouse ${id} cannot be ${verb}: it is ${state}.`);
}
