// What a cluster can be made of: node types and runtimes, as clusters/list-node-types and clusters/spark-versions list them.
import { nodeTypeViews } from './node-types.ts';
import type { Route } from './router.ts';
import { runtimeViews } from './runtimes.ts';

export function catalogueRoutes(): Route[] {
  const path = '/api/2.1/clusters';
  return [
    {
      method: 'GET',
      path: `${path}/list-node-types`,
      limit: 'clusters',
      serve: () => ({ node_types: nodeTypeViews() }),
    },
    { method: 'GET', path: `${path}/spark-versions`, limit: 'clusters', serve: () => ({ versions: runtimeViews() }) },
  ];
}
