// clusters/list: pages over a listing taken at the first page, filtered page by page, so that a page may be empty
// although a next token follows. A client that stops at the first empty page loses clusters.
import { type Cluster, shownAt } from './cluster.ts';
import { viewOf } from './cluster-view.ts';
import { createPages } from './pages.ts';
import { CLUSTER_PAGE, LISTED_DAYS } from './refusals.ts';
import { pageSize } from './router.ts';
import type { WorkspaceState } from './state.ts';

const DAY_MS = 24 * 3600 * 1000;
/** [doc] "by default sorted by cluster state, pinned or unpinned, then name" */
const STATE_ORDER = ['RUNNING', 'RESIZING', 'RESTARTING', 'PENDING', 'TERMINATING', 'ERROR', 'UNKNOWN', 'TERMINATED'];

export interface Listing {
  page(query: URLSearchParams): unknown;
}

export function createListing(workspace: WorkspaceState): Listing {
  const { clusters, clock } = workspace;
  const pages = createPages(workspace.emptyPageEvery);

  function isListed(cluster: Cluster): boolean {
    if (cluster.callerMay === 'NONE') return false;
    if (cluster.pinned || cluster.state !== 'TERMINATED' || cluster.terminatedTime === undefined) return true;
    return clock.now() - cluster.terminatedTime < LISTED_DAYS * DAY_MS;
  }

  function sorted(listed: Cluster[], query: URLSearchParams): string[] {
    const byName = query.get('sort_by.field') === 'CLUSTER_NAME';
    const keyed = listed.map((cluster) => ({ id: cluster.id, key: sortKey(cluster, byName, clock.now()) }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
    if (query.get('sort_by.direction') === 'DESC') keyed.reverse();
    return keyed.map(({ id }) => id);
  }

  return {
    page(query) {
      const ids = () => sorted(clusters.all().filter(isListed), query);
      const { taken, next, previous } = pages.take(query, {
        size: pageSize(query.get('page_size'), CLUSTER_PAGE),
        ids,
      });
      const found = taken
        .flatMap((id) => clusters.find(id) ?? [])
        .filter((cluster) => passes(cluster, query, clock.now()));
      return {
        // Like every empty list of this API, an empty page has no `clusters` at all.
        ...(found.length > 0 && { clusters: found.map((cluster) => viewOf(cluster, clock.now(), false)) }),
        next_page_token: next,
        prev_page_token: previous,
      };
    },
  };
}

function passes(cluster: Cluster, query: URLSearchParams, now: number): boolean {
  const states = query.getAll('filter_by.cluster_states');
  const sources = query.getAll('filter_by.cluster_sources');
  const pinned = query.get('filter_by.is_pinned');
  const policy = query.get('filter_by.policy_id');
  if (states.length > 0 && !states.includes(shownAt(cluster, now).state)) return false;
  if (sources.length > 0 && !sources.includes(cluster.source)) return false;
  if (pinned !== null && (pinned === 'true') !== cluster.pinned) return false;
  return policy === null || policy === cluster.spec.policy_id;
}

function sortKey(cluster: Cluster, byName: boolean, now: number): string {
  const name = `${cluster.spec.cluster_name ?? ''}\u0000${cluster.id}`;
  if (byName) return name;
  return `${STATE_ORDER.indexOf(shownAt(cluster, now).state)}${cluster.pinned ? 0 : 1}${name}`;
}
