// Clusters API 2.1: what the workspace refuses, and which change of the state machine each call is.
import { randomInt } from 'node:crypto';
import { type Cluster, newCluster, note, type TerminationReason, wantedWorkers } from './cluster.ts';
import { eventsPage } from './cluster-events.ts';
import { createListing } from './cluster-list.ts';
import { applyMask, asRecord, checkSize, checkSpec, type Spec, specOf } from './cluster-spec.ts';
import { viewOf } from './cluster-view.ts';
import { invalid, refusal } from './errors.ts';
import { PINNED_CLUSTERS } from './refusals.ts';
import { type ApiCall, type Route, requiredText } from './router.ts';
import { demand, momentOf, type Permission, type WorkspaceState } from './state.ts';
import { edit, launch, resize, restart, start, terminate } from './transitions.ts';

/** What one POST makes of one cluster; it throws what the workspace refuses. */
type Change = (cluster: Cluster, body: Record<string, unknown>, workspace: WorkspaceState) => Cluster;

const CHANGES: readonly { readonly verb: string; readonly permission: Permission; readonly change: Change }[] = [
  { verb: 'start', permission: 'CAN_RESTART', change: startOne },
  { verb: 'restart', permission: 'CAN_RESTART', change: restartOne },
  { verb: 'resize', permission: 'CAN_RESTART', change: resizeOne },
  { verb: 'delete', permission: 'CAN_RESTART', change: deleteOne },
  { verb: 'edit', permission: 'CAN_MANAGE', change: editOne },
  { verb: 'update', permission: 'CAN_MANAGE', change: updateOne },
  { verb: 'pin', permission: 'CAN_MANAGE', change: (cluster, _body, workspace) => pinOne(cluster, true, workspace) },
  { verb: 'unpin', permission: 'CAN_MANAGE', change: (cluster, _body, workspace) => pinOne(cluster, false, workspace) },
];

export function clusterRoutes(workspace: WorkspaceState): Route[] {
  const { clusters, clock } = workspace;
  const listing = createListing(workspace);
  const named = (fields: ApiCall['body'] | URLSearchParams, permission: Permission) =>
    demand(clusters.get(requiredText(fields, 'cluster_id')), permission, workspace.caller);
  const route = (method: Route['method'], verb: string, serve: Route['serve']): Route => {
    return { method, path: `/api/2.1/clusters/${verb}`, limit: 'clusters', serve };
  };
  return [
    route('GET', 'list', ({ query }) => listing.page(query)),
    route('GET', 'get', ({ query }) => viewOf(named(query, 'CAN_ATTACH_TO'), clock.now(), true)),
    route('POST', 'events', ({ body }) => eventsPage(named(body, 'CAN_ATTACH_TO'), body, clock.now())),
    route('POST', 'create', ({ body }) => create(body, workspace)),
    route('POST', 'permanent-delete', ({ body }) => {
      clusters.remove(named(body, 'CAN_MANAGE').id);
      return {};
    }),
    ...CHANGES.map(({ verb, permission, change }) =>
      route('POST', verb, ({ body }) => {
        clusters.put(change(named(body, permission), body, workspace));
        return {};
      }),
    ),
  ];
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
  const spec = checkSpec(specOf(body));
  const moment = momentOf(workspace);
  askForNodes(spec, workspace);
  const cluster = prepare(newCluster(newId(moment.now), { spec, creator, source }, moment.now));
  return workspace.clusters.put(launch(cluster, 'CREATING', moment));
}

export function startOne(cluster: Cluster, _body: unknown, workspace: WorkspaceState): Cluster {
  if (!isAllPurpose(cluster))
    throw invalid(`Cluster ${cluster.id} was launched by ${cluster.source} and cannot be started.`);
  const started = start(cluster, momentOf(workspace));
  askForNodes(cluster.spec, workspace);
  return started;
}

function restartOne(cluster: Cluster, _body: unknown, workspace: WorkspaceState): Cluster {
  refuseJobCluster(cluster);
  const restarted = restart(cluster, momentOf(workspace));
  askForNodes(cluster.spec, workspace);
  return restarted;
}

function resizeOne(cluster: Cluster, body: Record<string, unknown>, workspace: WorkspaceState): Cluster {
  const size = Object.fromEntries(
    Object.entries(body).filter(([field]) => field === 'num_workers' || field === 'autoscale'),
  );
  if (Object.keys(size).length === 0) throw invalid('Exactly one of num_workers or autoscale must be specified.');
  checkSize(size);
  const resized = resize(cluster, size, momentOf(workspace));
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
  return edit(cluster, checkSpec(specOf(body)), momentOf(workspace));
}

function updateOne(cluster: Cluster, body: Record<string, unknown>, workspace: WorkspaceState): Cluster {
  refuseJobCluster(cluster);
  const spec = applyMask(cluster.spec, requiredText(body, 'update_mask'), asRecord(body.cluster));
  return edit(cluster, checkSpec(spec), momentOf(workspace));
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

/** `MMDD-HHMMSS-` and eight letters or digits, as the service makes them. */
function newId(now: number): string {
  const [, month, day, time] = /^\d+-(\d\d)-(\d\d)T([\d:]+)/.exec(new Date(now).toISOString()) ?? [];
  const tail = Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('');
  return `${month}${day}-${time?.replaceAll(':', '')}-${tail}`;
}
