// One simulated cluster: what there is to know of it, and what of that the API shows at a moment.
// Values only; what changes them is in transitions.ts.
import { EVENTS_KEPT } from './refusals.ts';

export const CLUSTER_STATES = [
  'PENDING',
  'RUNNING',
  'RESTARTING',
  'RESIZING',
  'TERMINATING',
  'TERMINATED',
  'ERROR',
  'UNKNOWN',
] as const;
export type ClusterState = (typeof CLUSTER_STATES)[number];

export interface TerminationReason {
  readonly code: string;
  /** May be missing, as it sometimes is in reality (FlowEHR#141). */
  readonly type?: string | undefined;
  readonly parameters?: Record<string, string> | undefined;
}

export interface ClusterEvent {
  readonly timestamp: number;
  readonly type: string;
  readonly details: Record<string, unknown>;
}

/** How one start goes: after so long it fails for this reason, or succeeds where there is none. */
export interface StartOrder {
  readonly reason?: TerminationReason | undefined;
  readonly afterSeconds: number;
}

export interface Library {
  readonly library: unknown;
  /** Where installation ends, or gets stuck. */
  readonly outcome: string;
  readonly messages: readonly string[];
  readonly requestedAt: number;
}

/** What `get` and `list` show of the state. */
interface Shown {
  readonly state: ClusterState;
  readonly stateMessage: string;
  readonly terminationReason: TerminationReason | undefined;
}

export interface Cluster extends Shown {
  readonly id: string;
  /** The settings a user gives, in the API's spelling. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** The machines of its pool, when it has one. */
  readonly poolNodeType?: string | undefined;
  readonly source: string;
  readonly creator: string;
  readonly pinned: boolean;
  readonly startTime: number;
  readonly lastRestartedTime: number | undefined;
  readonly lastStateLossTime: number;
  readonly terminatedTime: number | undefined;
  readonly sparkContextId: number;
  /** Nodes that are there, beside the driver; the specification says how many are wanted. */
  readonly workers: number;
  readonly due: readonly Due[];
  /** Until then the API still tells the state before: reads lag behind writes. */
  readonly stale: { readonly since: number; readonly until: number; readonly shown: Shown } | undefined;
  readonly events: readonly ClusterEvent[];
  readonly onStart: readonly StartOrder[];
  readonly driverAnswers: boolean;
  readonly callerMay: string;
  readonly libraries: readonly Library[];
}

export interface Moment {
  readonly now: number;
  /** Who does it; nobody when the control plane does. */
  readonly user?: string | undefined;
  readonly timeScale: number;
  /** Asked for what stands in the way of machines or Spark; an order that waits for this start goes before it. */
  readonly obstacle?: (() => TerminationReason | undefined) | undefined;
}

export function after(moment: Moment, seconds: number): number {
  return moment.now + (seconds * 1000) / moment.timeScale;
}

/** What will happen by itself, and when. */
export type Change =
  | { to: 'running' }
  | { to: 'terminating'; reason: TerminationReason }
  | { to: 'terminated' }
  | { to: 'not-resized'; reason: TerminationReason }
  | { to: 'note'; type: string; details?: Record<string, unknown> };

export interface Due {
  readonly at: number;
  readonly change: Change;
}

export function newCluster(
  id: string,
  given: { spec: Record<string, unknown>; creator: string; source: string },
  now: number,
): Cluster {
  return {
    id,
    ...given,
    state: 'PENDING',
    stateMessage: '',
    terminationReason: undefined,
    pinned: false,
    startTime: Math.round(now),
    lastRestartedTime: undefined,
    lastStateLossTime: 0,
    terminatedTime: undefined,
    sparkContextId: [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1000, 7),
    workers: 0,
    due: [],
    stale: undefined,
    events: [],
    onStart: [],
    driverAnswers: true,
    callerMay: 'CAN_MANAGE',
    libraries: [],
  };
}

/** What `get` and `list` show at this moment of a settled cluster. */
export function shownAt(cluster: Cluster, now: number): Shown {
  return cluster.stale && now < cluster.stale.until ? cluster.stale.shown : cluster;
}

/** The events that can be read: like the state, they appear with a delay after a start. */
export function eventsAt(cluster: Cluster, now: number): readonly ClusterEvent[] {
  const { stale, events } = cluster;
  return stale && now < stale.until ? events.filter((event) => event.timestamp < stale.since) : events;
}

export function note(
  cluster: Cluster,
  timestamp: number,
  type: string,
  details: Record<string, unknown> = {},
): Cluster {
  const events = [...cluster.events, { timestamp: Math.round(timestamp), type, details }].slice(-EVENTS_KEPT);
  return { ...cluster, events };
}

export function wantedWorkers(spec: Record<string, unknown>): number {
  if (typeof spec.num_workers === 'number') return spec.num_workers;
  const autoscale = spec.autoscale;
  const hasMinimum = typeof autoscale === 'object' && autoscale !== null && 'min_workers' in autoscale;
  return hasMinimum ? Number(autoscale.min_workers) : 0;
}

/** The part of a specification that says how many workers there are. */
export function sizeIn({ num_workers, autoscale }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return autoscale === undefined ? { num_workers } : { autoscale };
}

export function withoutSize(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { num_workers: _workers, autoscale: _autoscale, ...rest } = spec;
  return rest;
}
