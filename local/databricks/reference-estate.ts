// What stands in the two simulated workspaces at the start: the reference estate, and every cluster, job and notebook that an estate
// file lists beside.
import type { ClusterSeed } from './cluster-seed.ts';
import type { NotebookSeed } from './files/file-seed.ts';
import type { JobSeed } from './jobs/job-seed.ts';
import { referenceJobs, withListedJobs } from './reference-jobs.ts';
import { referenceNotebooks, withListedNotebooks } from './reference-notebooks.ts';
import type { TableSeed } from './tables.ts';
import type { WarehouseSeed } from './warehouse-control.ts';

export type Role = 'primary' | 'dr';

export interface Seeds {
  readonly clusters: ClusterSeed[];
  readonly warehouses: WarehouseSeed[];
  readonly tables: Readonly<Record<string, TableSeed>>;
  readonly region: string;
  readonly jobs: JobSeed[];
  readonly notebooks: NotebookSeed[];
}

type Compute = Omit<Seeds, 'jobs' | 'notebooks'>;

const HOUR_MS = 3600 * 1000;
const REPLICATED_TABLES = [
  'inference_db.model_predictions',
  'inference_db.model_registry',
  'monitoring_db.cluster_metrics',
  'monitoring_db.job_metrics',
  'monitoring_db.query_metrics',
];
const RUNTIME = '11.3.x-scala2.12';

export function seedsFor(estate: unknown, role: Role, now: number): Seeds {
  const reference = role === 'primary' ? primarySeeds(now) : drSeeds(now);
  const known = new Set(reference.clusters.map((seed) => seed.cluster_id));
  const added = listed('cluster', estate, role).filter(({ id }) => !known.has(id));
  const clusters = added.map(({ id, name }) => ({ ...upSince(now - 6 * HOUR_MS), cluster_id: id, cluster_name: name }));
  const jobs = withListedJobs(referenceJobs(role, now), listed('job', estate, role), now);
  const notebooks = withListedNotebooks(referenceNotebooks(role), listed('notebook', estate, role));
  return { ...reference, clusters: [...reference.clusters, ...clusters], jobs, notebooks };
}

function primarySeeds(now: number): Compute {
  return {
    clusters: [
      { ...upSince(now - 9 * HOUR_MS), cluster_id: '0424-035941-pl8ku9sr', cluster_name: 'inference', num_workers: 2 },
      {
        ...upSince(now - 30 * HOUR_MS),
        cluster_id: '0424-043008-so9kse51',
        cluster_name: 'monitoring',
        num_workers: 1,
      },
      { ...idleSince(now - 5 * HOUR_MS), cluster_id: 'test-cluster-123', cluster_name: 'Test Cluster' },
      { ...idleSince(now - 7 * HOUR_MS), cluster_id: 'test-cluster-456', cluster_name: 'Analytics Cluster' },
    ],
    warehouses: [
      { id: 'f24fd0345a24b381', name: 'inference', cluster_size: 'Small' },
      { id: '9e61e3e42423aabc', name: 'dashboard', cluster_size: '2X-Small' },
    ],
    tables: tablesAt(now),
    region: 'eastus',
  };
}

function drSeeds(now: number): Compute {
  const standby = {
    ...idleSince(now - 20 * HOUR_MS, 10),
    cluster_id: '0424-051230-dr5tndby',
    cluster_name: 'standby',
    num_workers: 0,
    autotermination_minutes: 10,
    pinned: true,
  };
  return { clusters: [standby], warehouses: [], tables: tablesAt(now - HOUR_MS), region: 'westus2' };
}

/** The replicated tables, each with two rows, the newer one a minute old. */
function tablesAt(now: number): Record<string, TableSeed> {
  const columns: TableSeed['columns'] = [
    { name: 'id', type: 'INT' },
    { name: 'recorded_at', type: 'STRING' },
  ];
  const rows = [1, 2].map((id): [number, string] => [id, new Date(now - (3 - id) * 60_000).toISOString()]);
  return Object.fromEntries(REPLICATED_TABLES.map((name) => [name, { columns, rows }]));
}

function upSince(time: number): ClusterSeed {
  return {
    state: 'RUNNING',
    start_time: time - HOUR_MS,
    last_restarted_time: time,
    spark_version: RUNTIME,
    node_type_id: 'Standard_DS3_v2',
  };
}

/** INACTIVITY, so that a poll leaves it alone and a start is seen. */
function idleSince(time: number, minutes = 60): ClusterSeed {
  return {
    state: 'TERMINATED',
    start_time: time - 3 * HOUR_MS,
    terminated_time: time,
    termination_reason: {
      code: 'INACTIVITY',
      type: 'SUCCESS',
      parameters: { inactivity_duration_min: String(minutes) },
    },
    spark_version: RUNTIME,
    node_type_id: 'Standard_DS3_v2',
    autotermination_minutes: minutes,
  };
}

/** The estate file is read as plain JSON: whether it is right is for the application to say, not for the simulator. */
function listed(kind: string, estate: unknown, role: Role): { id: string; name: string }[] {
  return list(field(estate, 'pairs'))
    .flatMap((pair) => list(field(field(pair, role), 'components')))
    .filter((component) => field(component, 'kind') === kind && typeof field(component, 'id') === 'string')
    .map((component) => ({
      id: String(field(component, 'id')),
      name: String(field(component, 'name') ?? field(component, 'id')),
    }));
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
