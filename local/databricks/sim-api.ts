// `/_sim/clusters`: looks at a workspace's clusters without a token, and does to them what the cloud does to real ones.

import { z } from 'zod';
import type { Answer, Request } from '../simulator/http-server.ts';
import { type Cluster, note } from './cluster.ts';
import { byHuman } from './cluster-hands.ts';
import { forceCluster, reasonOf, reasonSchema, seedCluster } from './cluster-seed.ts';
import { viewOf } from './cluster-view.ts';
import { withPoolNodeType } from './clusters-api.ts';
import { readSimBody } from './sim-body.ts';
import { momentOf, type WorkspaceState } from './state.ts';
import { settle, terminate } from './transitions.ts';

const eventSchema = z.strictObject({
  type: z.string(),
  timestamp: z.number().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});

/** What the event log says just before a crash of that kind. */
const OMENS: readonly (readonly [RegExp, string])[] = [
  [/^DRIVER_(UNREACHABLE|UNRESPONSIVE|NODE_UNREACHABLE)|^COMMUNICATION_LOST/, 'DRIVER_NOT_RESPONDING'],
  [/^DRIVER_/, 'DRIVER_UNAVAILABLE'],
  [/^SPOT_INSTANCE_TERMINATION|^CLOUD_PROVIDER_SHUTDOWN/, 'NODES_LOST'],
  [/METASTORE/, 'METASTORE_DOWN'],
  [/^DBFS_/, 'DBFS_DOWN'],
];

export function clusterControl(workspace: WorkspaceState): (request: Request) => Answer | undefined {
  const { clusters } = workspace;
  return (request) => {
    const [, , area, encodedId, verb = ''] = request.url.pathname.split('/');
    if (area !== 'clusters') return undefined;
    if (!encodedId) return request.method === 'GET' ? listAll(workspace) : undefined;
    const id = decodeURIComponent(encodedId);
    if (request.method === 'PUT' && verb === '') return put(id, request.body, workspace);
    const cluster = clusters.find(id);
    if (!cluster) return { status: 404, body: { error: `there is no cluster ${id}` } };
    return act(`${request.method} ${verb}`, cluster, request.body, workspace);
  };
}

function listAll(workspace: WorkspaceState): Answer {
  return { status: 200, body: workspace.clusters.all().map((cluster) => everything(cluster, workspace)) };
}

function put(id: string, body: unknown, workspace: WorkspaceState): Answer {
  const { clusters, caller } = workspace;
  const known = clusters.find(id);
  const moment = momentOf(workspace);
  const cluster = known ? forceCluster(known, body, moment) : seedCluster(id, body, moment, caller.userName);
  return { status: known ? 200 : 201, body: everything(clusters.put(withPoolNodeType(cluster, workspace)), workspace) };
}

function act(call: string, cluster: Cluster, body: unknown, workspace: WorkspaceState): Answer | undefined {
  switch (call) {
    case 'GET ':
      return { status: 200, body: everything(cluster, workspace) };
    case 'DELETE ':
      workspace.clusters.remove(cluster.id);
      return { status: 204 };
    case 'POST crash':
      return crash(cluster, body, workspace);
    case 'POST human':
      return { status: 200, body: everything(byHuman(cluster, body, workspace), workspace) };
    case 'POST events':
      return addEvent(cluster, body, workspace);
    default:
      return undefined;
  }
}

function crash(cluster: Cluster, body: unknown, workspace: WorkspaceState): Answer {
  const reason = readSimBody(reasonSchema, body);
  if (cluster.state === 'TERMINATING') {
    return { status: 409, body: { error: `${cluster.id} is on its way down already` } };
  }
  return { status: 200, body: everything(crashCluster(cluster, reason, workspace), workspace) };
}

/** Takes it down for a reason of the cloud's or the service's, with the event that goes before. */
export function crashCluster(
  cluster: Cluster,
  given: z.output<typeof reasonSchema>,
  workspace: WorkspaceState,
): Cluster {
  const reason = reasonOf(given);
  // One that is down was started by somebody a moment ago: a test cluster can crash without having been brought up before.
  const up =
    cluster.state === 'TERMINATED' ? forceCluster(cluster, { state: 'RUNNING' }, momentOf(workspace)) : cluster;
  const omen = OMENS.find(([pattern]) => pattern.test(reason.code))?.[1];
  const warned = omen ? note(up, workspace.clock.now(), omen) : up;
  return workspace.clusters.put(terminate(warned, reason, { ...momentOf(workspace), user: undefined }));
}

function addEvent(cluster: Cluster, body: unknown, workspace: WorkspaceState): Answer {
  const { type, timestamp = workspace.clock.now(), details } = readSimBody(eventSchema, body);
  const noted = workspace.clusters.put(note(cluster, timestamp, type, details));
  return { status: 201, body: everything(noted, workspace) };
}

/** What the API shows, and beside it what only the simulator knows. */
function everything(cluster: Cluster, { clock }: WorkspaceState): Record<string, unknown> {
  const now = clock.now();
  const settled = settle(cluster, now);
  const { pinned, onStart, driverAnswers, callerMay, libraries, events } = settled;
  return { ...viewOf(settled, now, true), pinned, onStart, driverAnswers, callerMay, libraries, events };
}
