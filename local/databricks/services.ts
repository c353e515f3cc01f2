// The services of one workspace, put together: what stands in it at the start, its APIs, and its control under `/_sim/`.
import type { Answer, Request } from '../simulator/http-server.ts';
import { catalogueRoutes } from './catalogue-api.ts';
import { type ClusterSeed, seedCluster } from './cluster-seed.ts';
import { clusterRoutes, withPoolNodeType } from './clusters-api.ts';
import { commandRoutes } from './commands-api.ts';
import { fileControl, type NotebookSeed, seedFiles } from './files/file-seed.ts';
import { createFileStore } from './files/file-store.ts';
import { fileRoutes } from './files/files-api.ts';
import { fleetControl } from './fleet-control.ts';
import type { JobSeed } from './jobs/job-seed.ts';
import { createJobs } from './jobs/jobs.ts';
import { libraryRoutes } from './libraries-api.ts';
import { obstacleControl } from './obstacles.ts';
import { createPages } from './pages.ts';
import { createPermissions } from './permissions-api.ts';
import { createPipelines, type PipelineSeed } from './pipelines-api.ts';
import { type PoolSeed, poolControl, poolRoutes, seedPool } from './pools-api.ts';
import type { Route } from './router.ts';
import { clusterControl } from './sim-api.ts';
import { momentOf, type WorkspaceState } from './state.ts';
import { statementRoutes } from './statements-api.ts';
import type { TableSeed } from './tables.ts';
import { seedWarehouse, type WarehouseSeed, warehouseControl } from './warehouse-control.ts';
import { warehouseRoutes } from './warehouses-api.ts';

/** What stands in a workspace at the start; of what is kept, only what was never there. */
export interface Seeds {
  /** Each with its `cluster_id`. */
  readonly clusters?: readonly ClusterSeed[];
  readonly warehouses?: readonly WarehouseSeed[];
  /** Each with its `instance_pool_id`. */
  readonly pools?: readonly PoolSeed[];
  /** By name, with its database. */
  readonly tables?: Readonly<Record<string, TableSeed>>;
  readonly jobs?: readonly JobSeed[];
  readonly notebooks?: readonly NotebookSeed[];
  readonly pipelines?: readonly PipelineSeed[];
}

export interface Services {
  readonly routes: Route[];
  control(request: Request): Answer | undefined;
  /** Lets happen what is due, in jobs above all; to be called before and after everything that may change a cluster. */
  settle(): void;
  stop(): void;
}

const CREATOR = 'data.engineer@example.com';

export function createServices(state: WorkspaceState, seeds: Seeds): Services {
  seedCompute(state, seeds);
  const files = createFileStore(state.kept);
  seedFiles(seeds.notebooks ?? [], CREATOR, state, files);
  const jobs = createJobs(state, files, seeds.jobs ?? [], CREATOR);
  const permissions = createPermissions({ workspace: state, files, jobs: jobs.store });
  const pipelines = createPipelines(state, seeds.pipelines ?? []);
  const controls = [
    clusterControl(state),
    warehouseControl(state),
    poolControl(state),
    fleetControl(state),
    obstacleControl(state.obstacles),
    state.tables.control,
    jobs.control,
    fileControl(state, files),
    permissions.control,
    pipelines.control,
  ];
  return {
    routes: [
      ...clusterRoutes(state),
      ...libraryRoutes(state),
      ...commandRoutes(state),
      ...poolRoutes(state),
      ...catalogueRoutes(),
      ...warehouseRoutes(state, createPages(state.emptyPageEvery)),
      ...statementRoutes(state),
      ...permissions.routes,
      ...pipelines.routes,
      ...jobs.routes,
      ...fileRoutes(state, files),
      currentUser(state),
    ],
    control: (request) => firstOf(controls, request),
    settle: jobs.settle,
    stop: jobs.stop,
  };
}

function seedCompute(state: WorkspaceState, seeds: Seeds): void {
  for (const { instance_pool_id: id = '', ...seed } of seeds.pools ?? []) {
    if (!state.pools.isKnown(id)) seedPool(id, seed, state);
  }
  for (const { id = '', ...seed } of seeds.warehouses ?? []) {
    if (!state.warehouses.isKnown(id)) seedWarehouse(id, seed, state);
  }
  for (const [name, table] of Object.entries(seeds.tables ?? {})) state.tables.seed(name, table);
  for (const { cluster_id: id = '', ...seed } of seeds.clusters ?? []) {
    if (state.clusters.isKnown(id)) continue;
    state.clusters.put(withPoolNodeType(seedCluster(id, seed, momentOf(state), CREATOR), state));
  }
}

function firstOf(controls: readonly Services['control'][], request: Request): Answer | undefined {
  for (const control of controls) {
    const answer = control(request);
    if (answer) return answer;
  }
  return undefined;
}

/** SCIM under `/preview/`, as `currentUser.me()` of SDK 0.17.0 asks. */
function currentUser({ caller }: WorkspaceState): Route {
  const serve = () => ({
    schemas: [
      'urn:ietf:params:scim:schemas:core:2.0:User',
      'urn:ietf:params:scim:schemas:extension:workspace:2.0:User',
    ],
    id: '5829104710384756',
    userName: caller.userName,
    displayName: caller.displayName,
    active: true,
    emails: [{ type: 'work', value: caller.userName, primary: true }],
    entitlements: [{ value: 'workspace-access' }, { value: 'databricks-sql-access' }],
    groups: [{ display: 'admins', type: 'direct', value: '3389017456120945', $ref: 'Groups/3389017456120945' }],
  });
  return { method: 'GET', path: '/api/2.0/preview/scim/v2/Me', limit: 'scim', serve };
}
