// `/_sim/clusters`: looks at a workspace's clusters without a token, and does to them what the cloud does to real ones.

import { z } from 'zod';
import type { Answer, Request } from '../simulator/http-server.ts';
import { type Cluster, note } from './cluster.ts';
import { forceCluster, reasonOf, seedCluster } from './cluster-seed.ts';
import { viewOf } from './cluster-view.ts';
import { momentOf, type WorkspaceState } from './state.ts';
import { settle, terminate } from './transitions.ts';

const crashSchema = z.strictObject({
  code: z.string(),
  type: z.string().optional(),
  parameters: z.record(z.string(), z.string()).optional(),
});
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
  const { clusters, clock, caller } = workspace;
  const moment = () => momentOf(workspace);
  const cloud = () => ({ ...moment(), user: undefined });

  function put(id: string, body: unknown): Answer {
    const known = clusters.find(id);
    const cluster = known ? forceCluster(known, body, moment()) : seedCluster(id, body, moment(), caller.userName);
    return { status: known ? 200 : 201, body: everything(clusters.put(cluster)) };
  }

  function crash(cluster: Cluster, body: unknown): Answer {
    const reason = reasonOf(parsed(crashSchema, body));
    if (cluster.state === 'TERMINATED' || cluster.state === 'TERMINATING') {
      return {
        status: 409,
        body: {
          error: `${cluster.id} is ${cluster.state}: only a cluster that is up can crash (PUT {"state":"RUNNING"} first)`,
        },
      };
    }
    const omen = OMENS.find(([pattern]) => pattern.test(reason.code))?.[1];
    const warned = omen ? note(cluster, clock.now(), omen) : cluster;
    return { status: 200, body: everything(clusters.put(terminate(warned, reason, cloud()))) };
  }

  function addEvent(cluster: Cluster, body: unknown): Answer {
    const { type, timestamp = clock.now(), details } = parsed(eventSchema, body);
    return { status: 201, body: everything(clusters.put(note(cluster, timestamp, type, details))) };
  }

  /** What the API shows, and beside it what only the simulator knows. */
  function everything(cluster: Cluster): Record<string, unknown> {
    const now = clock.now();
    const settled = settle(cluster, now);
    const { pinned, onStart, driverAnswers, callerMay, libraries, events } = settled;
    return { ...viewOf(settled, now, true), pinned, onStart, driverAnswers, callerMay, libraries, events };
  }

  return (request) => {
    const [, , area, encodedId, verb] = request.url.pathname.split('/');
    if (area !== 'clusters') return undefined;
    if (!encodedId) return request.method === 'GET' ? { status: 200, body: clusters.all().map(everything) } : undefined;
    const id = decodeURIComponent(encodedId);
    if (request.method === 'PUT' && !verb) return put(id, request.body);
    const cluster = clusters.find(id);
    if (!cluster) return { status: 404, body: { error: `there is no cluster ${id}` } };
    switch (`${request.method} ${verb ?? ''}`) {
      case 'GET ':
        return { status: 200, body: everything(cluster) };
      case 'DELETE ':
        clusters.remove(id);
        return { status: 204 };
      case 'POST crash':
        return crash(cluster, request.body);
      case 'POST events':
        return addEvent(cluster, request.body);
      default:
        return undefined;
    }
  };
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (!result.success) throw new Error(z.prettifyError(result.error));
  return result.data;
}
