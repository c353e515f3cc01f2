// Clusters from outside: as the start of a workspace, and by `PUT /_sim/clusters/{id}`. Takes the API's own field names, so that
// what a test reads it can write; a field that does not exist is refused, since a typing error would otherwise test nothing.
import { z } from 'zod';
import {
  CLUSTER_STATES,
  type Cluster,
  type ClusterState,
  type Moment,
  newCluster,
  note,
  type StartOrder,
  sizeIn,
} from './cluster.ts';
import { SPEC_FIELDS } from './cluster-spec.ts';
import { DURATION_SECONDS } from './refusals.ts';
import { beDown, goDown, launch, resize, restart, run, terminate } from './transitions.ts';

export const reasonSchema = z.strictObject({
  code: z.string(),
  type: z.string().optional(),
  parameters: z.record(z.string(), z.string()).optional(),
});
const librarySchema = z.union([
  z.string().transform((status) => ({ library: undefined, status, messages: [] as string[] })),
  z.strictObject({ library: z.unknown(), status: z.string(), messages: z.array(z.string()).default([]) }),
]);
export const startOrderSchema = z.union([
  z.strictObject({
    fail: z.string(),
    type: z.string().optional(),
    parameters: z.record(z.string(), z.string()).optional(),
    afterSeconds: z.number().nonnegative().optional(),
  }),
  /** Succeeds, but takes so long: who waits longer sees it RUNNING. */
  z.strictObject({ afterSeconds: z.number().nonnegative() }),
]);

const seedSchema = z
  .object({
    cluster_id: z.string().optional(),
    state: z.enum(CLUSTER_STATES).optional(),
    termination_reason: reasonSchema.optional(),
    terminated_time: z.number().optional(),
    start_time: z.number().optional(),
    last_restarted_time: z.number().optional(),
    last_state_loss_time: z.number().optional(),
    state_message: z.string().optional(),
    cluster_source: z.string().optional(),
    creator_user_name: z.string().optional(),
    pinned: z.boolean().optional(),
    /** One for each of the next starts (or restarts): it fails with this, or is slow. */
    onStart: z.array(startOrderSchema).optional(),
    /** False: RUNNING, but commands hang. */
    driverAnswers: z.boolean().optional(),
    /** Where the installation of each ends: a status, or `{library, status, messages}`. */
    libraries: z.array(librarySchema).optional(),
    /** What our token may do with it. */
    callerMay: z.enum(['NONE', 'CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE']).optional(),
  })
  .catchall(z.unknown());

export type ClusterSeed = z.input<typeof seedSchema>;
type Seed = z.output<typeof seedSchema>;

const DEFAULT_SPEC = {
  spark_version: '15.4.x-scala2.12',
  node_type_id: 'Standard_DS3_v2',
  num_workers: 2,
  autotermination_minutes: 60,
  azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 1, spot_bid_max_price: -1 },
};

/** A cluster that was not known, RUNNING unless the seed says otherwise. */
export function seedCluster(id: string, input: unknown, moment: Moment, creator: string): Cluster {
  const seed = parseSeed(input);
  const spec = { cluster_name: id, ...DEFAULT_SPEC };
  const created = seed.start_time ?? seed.last_restarted_time ?? seed.terminated_time ?? moment.now;
  const cluster = newCluster(id, { spec, creator, source: 'UI' }, created);
  const noted = note(cluster, created, 'CREATING', { user: seed.creator_user_name ?? creator });
  return applySeed(noted, { state: 'RUNNING', ...seed }, moment);
}

/** Changes a known one; a state is forced at once and leaves its event. */
export function forceCluster(cluster: Cluster, input: unknown, moment: Moment): Cluster {
  return applySeed(cluster, parseSeed(input), moment);
}

function parseSeed(input: unknown): Seed {
  const parsed = seedSchema.safeParse(input);
  if (!parsed.success) throw new Error(`no such cluster: ${z.prettifyError(parsed.error)}`);
  const unknown = Object.keys(parsed.data).find((field) => !(field in seedSchema.shape) && !SPEC_FIELDS.has(field));
  if (unknown !== undefined) throw new Error(`a cluster has no field ${unknown}`);
  return parsed.data;
}

function applySeed(cluster: Cluster, seed: Seed, moment: Moment): Cluster {
  const changed = withBehaviour(withSpec(cluster, seed), seed, moment);
  const forced = seed.state === undefined ? withReason(changed, seed) : forceState(changed, seed.state, seed, moment);
  return {
    ...forced,
    source: seed.cluster_source ?? forced.source,
    creator: seed.creator_user_name ?? forced.creator,
    pinned: seed.pinned ?? forced.pinned,
    startTime: seed.start_time ?? forced.startTime,
    lastStateLossTime: seed.last_state_loss_time ?? forced.lastStateLossTime,
    stateMessage: seed.state_message ?? forced.stateMessage,
  };
}

function withSpec(cluster: Cluster, seed: Seed): Cluster {
  const given = Object.fromEntries(Object.entries(seed).filter(([field]) => SPEC_FIELDS.has(field)));
  const replaced = [
    ...('autoscale' in given ? ['num_workers'] : []),
    ...('instance_pool_id' in given ? ['node_type_id', 'driver_node_type_id'] : []),
  ];
  const rest = Object.fromEntries(Object.entries(cluster.spec).filter(([field]) => !replaced.includes(field)));
  return { ...cluster, spec: { ...rest, ...given } };
}

function withBehaviour(cluster: Cluster, seed: Seed, moment: Moment): Cluster {
  const onStart = seed.onStart?.map(orderOf);
  const libraries = seed.libraries?.map(({ library, status: outcome, messages }, index) => ({
    library: library ?? { pypi: { package: `library-${index + 1}` } },
    outcome,
    messages,
    requestedAt: 0,
  }));
  const changed = {
    ...cluster,
    onStart: onStart ?? cluster.onStart,
    libraries: libraries ?? cluster.libraries,
    driverAnswers: seed.driverAnswers ?? cluster.driverAnswers,
    callerMay: seed.callerMay ?? cluster.callerMay,
  };
  if (changed.driverAnswers === cluster.driverAnswers || cluster.state !== 'RUNNING') return changed;
  return note(changed, moment.now, changed.driverAnswers ? 'DRIVER_HEALTHY' : 'DRIVER_NOT_RESPONDING');
}

/** An order for one start, as it is given from outside. */
export function orderOf(order: z.output<typeof startOrderSchema>): StartOrder {
  if (!('fail' in order)) return order;
  const { fail: code, type, parameters, afterSeconds } = order;
  const byDefault = code === 'BOOTSTRAP_TIMEOUT' ? DURATION_SECONDS.bootstrapTimeout : DURATION_SECONDS.startFailure;
  return { reason: reasonOf({ code, type, parameters }), afterSeconds: afterSeconds ?? byDefault };
}

function withReason(cluster: Cluster, seed: Seed): Cluster {
  const terminationReason = seed.termination_reason ? reasonOf(seed.termination_reason) : cluster.terminationReason;
  return { ...cluster, terminationReason, terminatedTime: seed.terminated_time ?? cluster.terminatedTime };
}

function forceState(before: Cluster, state: ClusterState, seed: Seed, moment: Moment): Cluster {
  const cluster: Cluster = { ...before, due: [], stale: undefined };
  const reason = reasonOf(
    seed.termination_reason ?? { code: 'USER_REQUEST', parameters: { username: before.creator } },
  );
  const anonymous = { ...moment, user: undefined };
  const running = () => run({ ...cluster, state: 'PENDING' }, seed.last_restarted_time ?? moment.now);
  switch (state) {
    case 'RUNNING':
      return running();
    case 'PENDING':
      return launch(cluster, 'STARTING', anonymous);
    case 'RESTARTING':
      return restart({ ...cluster, state: 'RUNNING' }, anonymous);
    case 'RESIZING':
      return resize({ ...cluster, state: 'RUNNING' }, sizeIn(cluster.spec), anonymous);
    case 'TERMINATING':
      return terminate({ ...cluster, state: 'RUNNING' }, reason, anonymous);
    case 'TERMINATED': {
      const at = seed.terminated_time ?? moment.now;
      return beDown(note(goDown(cluster, reason, at), at, 'TERMINATING', { reason }), at);
    }
    default:
      return note(
        { ...cluster, state, stateMessage: 'The cluster is in an unexpected state.' },
        moment.now,
        'DRIVER_UNAVAILABLE',
      );
  }
}

/** The type as Databricks gives it for the code; most of what breaks a cluster is the cloud's. [facts 2] */
export function reasonOf(reason: {
  code: string;
  type?: string | undefined;
  parameters?: Record<string, string> | undefined;
}) {
  return { code: reason.code, type: reason.type ?? typeOf(reason.code), parameters: reason.parameters ?? {} };
}

function typeOf(code: string): string {
  if (['USER_REQUEST', 'INACTIVITY', 'JOB_FINISHED', 'WORKSPACE_UPDATE'].includes(code)) return 'SUCCESS';
  if (/_DUE_TO_MISCONFIG$|^INVALID_|QUOTA|^INIT_SCRIPT|^SPARK_ERROR$/.test(code)) return 'CLIENT_ERROR';
  if (/^SPARK_STARTUP|^INTERNAL_ERROR$|^DRIVER_UNHEALTHY$/.test(code)) return 'SERVICE_FAULT';
  return 'CLOUD_FAILURE';
}
