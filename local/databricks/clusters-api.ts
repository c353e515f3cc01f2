// Clusters API 2.1: what the workspace refuses, and which change of the state machine each call is.
import { type Cluster, newCluster, note, type TerminationReason, wantedWorkers, withoutSize } from './cluster.ts';
import { eventsPage } from './cluster-events.ts';
import { createListing } from './cluster-list.ts';
import { applyMask, asRecord, checkSize, checkSpec, type Spec, specOf } from './cluster-spec.ts';
import { viewOf } from './cluster-view.ts';
import { datedId } from './dated-id.ts';
import { invalid, refusal } from './errors.ts';
import { editing, growing, launching, restarting } from './launch.ts';
import { PINNED_CLUSTERS } from './refusals.ts';
import { type ApiCall, type Route, requiredText } from './router.ts';
import { demand, momentOf, type Permission, type WorkspaceState } from './state.ts';
import { edit, launch, resize, restart, start, terminate } from './transitions.ts';

/** What one POST makes of one cluster; it throws what the workspace refuses. */
type Change = (cluster: Cluster, body: Record<string, unknown>, workspace: WorkspaceState) => Cluster;

export const VERBS = ['start', 'restart', 'resize', 'delete', 'edit', 'update', 'pin', 'unpin'] as const;
type Verb = (typeof VERBS)[number];

const CHANGES: Record<Verb, { readonly permission: Permission; readonly change: Change }> = {
  start: { permission: 'CAN_RESTART', change: startOne },
  restart: { permission: 'CAN_RESTART', change: restartOne },
  resize: { permission: 'CAN_RESTART', change: resizeOne },
  delete: { permission: 'CAN_RESTART', change: deleteOne },
  edit: { permission: 'CAN_MANAGE', change: editOne },
  update: { permission: 'CAN_MANAGE', change: updateOne },
  pin: { permission: 'CAN_MANAGE', change: (cluster, _body, workspace) => pinOne(cluster, true, workspace) },
  unpin: { permission: 'CAN_MANAGE', change: (cluster, _body, workspace) => pinOne(cluster, false, workspace) },
};

export function clusterRoutes(workspace: WorkspaceState): Route[] {
  const { clusters, clock } = workspace;
  const listing = createListing(workspace);
  const named = (fields: ApiCall['body'] | URLSearchParams, permission: Permission) =>
    demand(clusters.get(requiredText(fields, 'cluster_id')), permission, workspace.caller);
  const route = (method: Route['method'], verb: string, serve: Route['serve']): Route => {
    return { method, path: `/api/2.1/clusters/${verb}`, limit: 'clusters', serve };
  };
  return [
    { ...route('GET', 'list', ({ query }) => listing.page(query)), isPage: true },
    route('GET', 'get', ({ query }) => viewOf(named(query, 'CAN_ATTACH_TO'), clock.now(), true)),
    route('POST', 'events', ({ body }) => eventsPage(named(body, 'CAN_ATTACH_TO'), body, clock.now())),
    route('POST', 'create', ({ body }) => create(body, workspace)),
    route('POST', 'permanent-delete', ({ body }) => {
      clusters.remove(named(body, 'CAN_MANAGE').id);
      return {};
    }),
    ...VERBS.map((verb) =>
      route('POST', verb, ({ body }) => {
        changeCluster(verb, named(body, CHANGES[verb].permission), { body, workspace });
        return {};
      }),
    ),
  ];
}

interface Ask {
  readonly body: Record<string, unknown>;
  readonly workspace: WorkspaceState;
}

/** One call on one cluster, whoever makes it; what the workspace refuses is thrown. */
export function changeCluster(verb: Verb, cluster: Cluster, { body, workspace }: Ask): Cluster {
  return put(CHANGES[verb].change(cluster, body, workspace), workspace);
}

function create(body: Record<string, unknown>, workspace: WorkspaceState): unknown {
  const given = { creator: workspace.caller.userName, source: 'API' };
  return { cluster_id: launchCluster(body, given, workspace).id };
}

interface Origin {
  readonly creator: string;
  readonly source: string;
  /** The last touch before it is launched. */
  prepare?(cluster: Cluster): Cluster;
}

/** Creates a cluster and lets it come up: the API's way and that of Jobs. */
export function launchCluster(body: Record<string, unknown>, origin: Origin, workspace: WorkspaceState): Cluster {
  const { creator, source, prepare = (cluster) => cluster } = origin;
  const spec = checked(specOf(body), workspace);
  const now = workspace.clock.now();
  askForNodes(spec, workspace);
  const cluster = prepare(newCluster(datedId(now), { spec, creator, source }, now));
  const launched = launch(cluster, 'CREATING', launching(cluster, spec, workspace));
  return put(withPoolNodeType(launched, workspace), workspace);
}

export function startOne(cluster: Cluster, _body: unknown, workspace: WorkspaceState): Cluster {
  if (!isAllPurpose(cluster))
    throw invalid(`Cluster ${cluster.id} was launched by ${cluster.source} and cannot be started.`);
  const started = start(cluster, launching(cluster, cluster.spec, workspace));
  askForNodes(cluster.spec, workspace);
  return started;
}

function restartOne(cluster: Cluster, _body: unknown, workspace: WorkspaceState): Cluster {
  refuseJobCluster(cluster);
  const restarted = restart(cluster, restarting(cluster, workspace));
  askForNodes(cluster.spec, workspace);
  return restarted;
}

function resizeOne(cluster: Cluster, body: Record<string, unknown>, workspace: WorkspaceState): Cluster {
  const size = Object.fromEntries(
    Object.entries(body).filter(([field]) => field === 'num_workers' || field === 'autoscale'),
  );
  if (Object.keys(size).length === 0) throw invalid('Exactly one of num_workers or autoscale must be specified.');
  checkSize(size);
  const resized = resize(cluster, size, growing(cluster, { ...withoutSize(cluster.spec), ...size }, workspace));
  workspace.throttle('nodes', Math.max(0, wantedWorkers(size) - cluster.workers));
  return resized;
}

function deleteOne(cluster: Cluster, _body: unknown, workspace: WorkspaceState): Cluster {
  const reason: TerminationReason = {
    code: 'USER_REQUEST',
    type: 'SUCCESS',
    parameters: { username: workspace.caller.userName },
  };
  return terminate(cluster, reason, momentOf(workspace));
}

/** The whole specification: what the call leaves out is unset. */
function editOne(cluster: Cluster, body: Record<string, unknown>, workspace: WorkspaceState): Cluster {
  refuseJobCluster(cluster);
  return take(cluster, specOf(body), workspace);
}

function updateOne(cluster: Cluster, body: Record<string, unknown>, workspace: WorkspaceState): Cluster {
  refuseJobCluster(cluster);
  const spec = applyMask(cluster.spec, requiredText(body, 'update_mask'), asRecord(body.cluster));
  return take(cluster, spec, workspace);
}

function take(cluster: Cluster, given: Spec, workspace: WorkspaceState): Cluster {
  const spec = checked(given, workspace);
  return withPoolNodeType(edit(cluster, spec, editing(cluster, spec, workspace)), workspace);
}

function checked(spec: Spec, { pools }: WorkspaceState): Spec {
  for (const pool of [spec.instance_pool_id, spec.driver_instance_pool_id]) {
    if (pool !== undefined) pools.get(String(pool));
  }
  return checkSpec(spec);
}

/** Its pool notices at once what was taken or given back. */
function put(cluster: Cluster, { clusters, pools }: WorkspaceState): Cluster {
  clusters.put(cluster);
  pools.find(String(cluster.spec.instance_pool_id));
  return cluster;
}

/** What `get` shows of a cluster whose machines a pool decides. */
export function withPoolNodeType(cluster: Cluster, { pools }: WorkspaceState): Cluster {
  const pool = pools.find(String(cluster.spec.instance_pool_id));
  return { ...cluster, poolNodeType: pool?.settings.node_type_id };
}

function pinOne(cluster: Cluster, pinned: boolean, { clusters, clock, caller }: WorkspaceState): Cluster {
  if (cluster.pinned === pinned) return cluster;
  if (pinned && clusters.all().filter((other) => other.pinned).length >= PINNED_CLUSTERS) {
    throw refusal(400, 'QUOTA_EXCEEDED', `The maximum number of pinned clusters is ${PINNED_CLUSTERS}.`);
  }
  return note({ ...cluster, pinned }, clock.now(), pinned ? 'PINNED' : 'UNPINNED', { user: caller.userName });
}

/** Asked last, so that a call refused for its state costs nothing. */
function askForNodes(spec: Spec, workspace: WorkspaceState): void {
  workspace.throttle('nodes', 1 + wantedWorkers(spec));
}

function isAllPurpose({ source }: Cluster): boolean {
  return source === 'API' || source === 'UI';
}

function refuseJobCluster(cluster: Cluster): void {
  if (isAllPurpose(cluster)) return;
  throw invalid(`Cluster ${cluster.id} was launched by ${cluster.source} and can be neither edited nor restarted.`);
}
