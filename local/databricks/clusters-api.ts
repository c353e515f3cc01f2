// Clusters API 2.1: what the workspace refuses, and which change of the state machine each call is.
import { randomInt } from 'node:crypto';
import { type Cluster, newCluster, note, wantedWorkers } from './cluster.ts';
import { eventsPage } from './cluster-events.ts';
import { createListing } from './cluster-list.ts';
import { applyMask, asRecord, checkSize, checkSpec, specOf } from './cluster-spec.ts';
import { viewOf } from './cluster-view.ts';
import { invalid, refusal } from './errors.ts';
import { PINNED_CLUSTERS } from './refusals.ts';
import { type ApiCall, type Route, requiredText } from './router.ts';
import { demand, momentOf, type Permission, type WorkspaceState } from './state.ts';
import { edit, launch, resize, restart, start, terminate } from './transitions.ts';

type Fields = Record<string, unknown>;
type Change = (cluster: Cluster, body: Fields) => Cluster;

export function clusterRoutes(workspace: WorkspaceState): Route[] {
  const { clusters, caller, clock } = workspace;
  const listing = createListing(workspace);
  const moment = () => momentOf(workspace);

  function read({ query }: ApiCall): Cluster {
    return demand(clusters.get(requiredText(query, 'cluster_id')), 'CAN_ATTACH_TO', caller);
  }

  /** One POST that changes one cluster and answers `{}`. */
  function post(verb: string, permission: Permission, change: Change): Route {
    const serve = ({ body }: ApiCall) => {
      const cluster = demand(clusters.get(requiredText(body, 'cluster_id')), permission, caller);
      clusters.put(change(cluster, body));
      return {};
    };
    return { method: 'POST', path: `/api/2.1/clusters/${verb}`, limit: 'clusters', serve };
  }

  const launchNodes = (spec: Fields) => workspace.throttle('nodes', 1 + wantedWorkers(spec));

  function create({ body }: ApiCall): unknown {
    const spec = checkSpec(specOf(body));
    launchNodes(spec);
    const cluster = newCluster(newId(clock.now()), { spec, creator: caller.userName, source: 'API' }, clock.now());
    clusters.put(launch(cluster, 'CREATING', moment()));
    return { cluster_id: cluster.id };
  }

  const startOne: Change = (cluster) => {
    if (cluster.source === 'JOB' || cluster.source.startsWith('PIPELINE'))
      throw invalid(`Cluster ${cluster.id} was launched to run a job and cannot be started.`);
    const started = start(cluster, moment());
    launchNodes(cluster.spec);
    return started;
  };
  const restartOne: Change = (cluster) => {
    refuseJobCluster(cluster);
    const restarted = restart(cluster, moment());
    launchNodes(cluster.spec);
    return restarted;
  };
  const resizeOne: Change = (cluster, body) => {
    const { num_workers, autoscale } = body;
    const size = { ...(num_workers !== undefined && { num_workers }), ...(autoscale !== undefined && { autoscale }) };
    if (Object.keys(size).length === 0) throw invalid('Exactly one of num_workers or autoscale must be specified.');
    checkSize(size);
    const resized = resize(cluster, size, moment());
    workspace.throttle('nodes', Math.max(0, wantedWorkers(size) - cluster.workers));
    return resized;
  };
  /** The whole specification: what the call leaves out is unset. */
  const editOne: Change = (cluster, body) => {
    refuseJobCluster(cluster);
    return edit(cluster, checkSpec(specOf(body)), moment());
  };
  const updateOne: Change = (cluster, body) => {
    refuseJobCluster(cluster);
    const spec = applyMask(cluster.spec, requiredText(body, 'update_mask'), asRecord(body.cluster));
    return edit(cluster, checkSpec(spec), moment());
  };
  const deleteOne: Change = (cluster) => terminate(cluster, userRequest(caller.userName), moment());

  function pinOne(pinned: boolean): Change {
    return (cluster) => {
      if (cluster.pinned === pinned) return cluster;
      if (pinned && clusters.all().filter((other) => other.pinned).length >= PINNED_CLUSTERS) {
        throw refusal(400, 'QUOTA_EXCEEDED', `The maximum number of pinned clusters is ${PINNED_CLUSTERS}.`);
      }
      return note({ ...cluster, pinned }, clock.now(), pinned ? 'PINNED' : 'UNPINNED', { user: caller.userName });
    };
  }

  function removeForGood({ body }: ApiCall): unknown {
    clusters.remove(demand(clusters.get(requiredText(body, 'cluster_id')), 'CAN_MANAGE', caller).id);
    return {};
  }

  function listEvents({ body }: ApiCall): unknown {
    const cluster = demand(clusters.get(requiredText(body, 'cluster_id')), 'CAN_ATTACH_TO', caller);
    return eventsPage(cluster, body, clock.now());
  }

  return [
    { method: 'GET', path: '/api/2.1/clusters/list', limit: 'clusters', serve: ({ query }) => listing.page(query) },
    {
      method: 'GET',
      path: '/api/2.1/clusters/get',
      limit: 'clusters',
      serve: (call) => viewOf(read(call), clock.now(), true),
    },
    { method: 'POST', path: '/api/2.1/clusters/events', limit: 'clusters', serve: listEvents },
    { method: 'POST', path: '/api/2.1/clusters/create', limit: 'clusters', serve: create },
    { method: 'POST', path: '/api/2.1/clusters/permanent-delete', limit: 'clusters', serve: removeForGood },
    post('start', 'CAN_RESTART', startOne),
    post('restart', 'CAN_RESTART', restartOne),
    post('resize', 'CAN_RESTART', resizeOne),
    post('delete', 'CAN_RESTART', deleteOne),
    post('edit', 'CAN_MANAGE', editOne),
    post('update', 'CAN_MANAGE', updateOne),
    post('pin', 'CAN_MANAGE', pinOne(true)),
    post('unpin', 'CAN_MANAGE', pinOne(false)),
  ];
}

export function userRequest(username: string) {
  return { code: 'USER_REQUEST', type: 'SUCCESS', parameters: { username } };
}

function refuseJobCluster(cluster: Cluster): void {
  if (cluster.source === 'API' || cluster.source === 'UI') return;
  throw invalid(`Cluster ${cluster.id} was created by ${cluster.source} and can be neither edited nor restarted.`);
}

/** `MMDD-HHMMSS-` and eight letters or digits, as the service makes them. */
function newId(now: number): string {
  const [, month, day, time] = /^\d+-(\d\d)-(\d\d)T([\d:]+)/.exec(new Date(now).toISOString()) ?? [];
  const tail = Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('');
  return `${month}${day}-${time?.replaceAll(':', '')}-${tail}`;
}
