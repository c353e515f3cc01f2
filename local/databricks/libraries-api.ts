// Libraries API 2.0: installation runs in the background once the cluster is RUNNING, again after each restart.
import type { Cluster, Library } from './cluster.ts';
import { invalid } from './errors.ts';
import { LIBRARY_SECONDS } from './refusals.ts';
import { type Route, requiredText } from './router.ts';
import { demand, type WorkspaceState } from './state.ts';

export function libraryRoutes(workspace: WorkspaceState): Route[] {
  const { clusters, caller, clock } = workspace;
  return [
    {
      method: 'GET',
      path: '/api/2.0/libraries/cluster-status',
      limit: 'libraries',
      serve({ query }) {
        const cluster = demand(clusters.get(requiredText(query, 'cluster_id')), 'CAN_ATTACH_TO', caller);
        return {
          cluster_id: cluster.id,
          // A cluster without libraries has no list at all, not an empty one.
          ...(cluster.libraries.length > 0 && {
            library_statuses: cluster.libraries.map((library) => statusOf(library, cluster, workspace)),
          }),
        };
      },
    },
    {
      method: 'POST',
      path: '/api/2.0/libraries/install',
      limit: 'libraries',
      serve({ body }) {
        const cluster = demand(clusters.get(requiredText(body, 'cluster_id')), 'CAN_MANAGE', caller);
        if (!Array.isArray(body.libraries) || body.libraries.length === 0)
          throw invalid('Missing required field: libraries');
        const known = new Set(cluster.libraries.map(({ library }) => JSON.stringify(library)));
        const wanted = body.libraries.filter((library) => !known.has(JSON.stringify(library)));
        const added = wanted.map((library: unknown) => ({
          library,
          outcome: 'INSTALLED',
          messages: [],
          requestedAt: clock.now(),
        }));
        clusters.put({ ...cluster, libraries: [...cluster.libraries, ...added] });
        return {};
      },
    },
  ];
}

function statusOf(library: Library, cluster: Cluster, { clock, timeScale }: WorkspaceState) {
  const since = Math.max(library.requestedAt, cluster.lastRestartedTime ?? 0);
  const status = stage(cluster, library.outcome, ((clock.now() - since) / 1000) * timeScale);
  return {
    library: library.library,
    status,
    ...(status === library.outcome && library.messages.length > 0 && { messages: library.messages }),
    is_library_for_all_clusters: false,
  };
}

function stage(cluster: Cluster, outcome: string, seconds: number): string {
  const isUp = cluster.state === 'RUNNING' || cluster.state === 'RESIZING';
  if (!isUp || seconds < LIBRARY_SECONDS.pending) return 'PENDING';
  if (seconds < LIBRARY_SECONDS.resolving) return 'RESOLVING';
  return seconds < LIBRARY_SECONDS.installing ? 'INSTALLING' : outcome;
}
