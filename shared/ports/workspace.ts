// One Databricks workspace, as far as Lakewarden needs it. Every call has a deadline of its own; no SDK error crosses this port:
// `Unavailable` (timeouts, 429, 5xx, resets, HTML, redirects), `Refused` (401, 403, 404, other 4xx), nothing else.
import type { ClusterId } from '../domain/ids.ts';
import type { Settings } from '../domain/runbooks/settings-change.ts';
import type { TerminationReason } from '../domain/signals/signal.ts';
import type { CommandAnswer, StartAnswer } from './answers.ts';
import type { LastLook } from './last-look.ts';
import type { ClusterConfigs } from './workspace-cluster-configs.ts';
import type { Jobs } from './workspace-jobs.ts';
import type { NotebookRuns } from './workspace-notebook-runs.ts';
import type { Notebooks } from './workspace-notebooks.ts';
import type { Pools } from './workspace-pools.ts';
import type { WorkspaceProbe } from './workspace-probe.ts';
import type { Warehouses } from './workspace-warehouses.ts';

export const clusterStates = [
  'PENDING',
  'RUNNING',
  'RESTARTING',
  'RESIZING',
  'TERMINATING',
  'TERMINATED',
  'ERROR',
  'UNKNOWN',
] as const;
export type ClusterState = (typeof clusterStates)[number];

export interface Cluster {
  readonly id: ClusterId;
  readonly name: string;
  readonly state: ClusterState;
  readonly stateMessage: string;
  /** `API`, `UI`, `JOB`, `PIPELINE`, ...: job and pipeline clusters cannot be started. */
  readonly source: string;
  readonly reason?: TerminationReason;
  /** ISO instants on the service's clock. */
  readonly startedAt?: string;
  readonly terminatedAt?: string;
  readonly lastRestartedAt?: string;
  /** Its settings as far as Lakewarden reads them, in Databricks' spelling and without secrets. */
  readonly settings: Settings;
}

export interface ClusterEvent {
  readonly type: string;
  /** ISO instant on the service's clock. */
  readonly at: string;
  readonly reason?: TerminationReason;
  readonly user?: string;
}

export interface LibraryStatus {
  readonly library: string;
  readonly status: string;
  readonly messages: readonly string[];
}

export interface Workspace {
  readonly name: string;
  /** undefined: this workspace does not know the cluster. */
  cluster(id: ClusterId): Promise<Cluster | undefined>;
  /** Every page of the list, empty ones included, until there is no further token. Never one call per cluster. */
  clusterPages(): AsyncIterable<readonly Cluster[]>;
  startCluster(id: ClusterId, lastLook: LastLook): Promise<StartAnswer>;
  restartCluster(id: ClusterId, lastLook: LastLook): Promise<StartAnswer>;
  /** Newest first, not older than `since` (ISO, service's clock). */
  clusterEvents(id: ClusterId, since: string, limit: number): Promise<readonly ClusterEvent[]>;
  libraries(id: ClusterId): Promise<readonly LibraryStatus[]>;
  /** Runs one trivial Python command in a context of its own and cleans the context up; waits for the answer at most `timeoutSeconds` (real). */
  runCommand(id: ClusterId, code: string, timeoutSeconds: number): Promise<CommandAnswer>;
  readonly warehouses: Warehouses;
  readonly jobs: Jobs;
  readonly notebooks: Notebooks;
  /** User name of the identity we act under. */
  whoAmI(): Promise<string>;
  readonly configs: ClusterConfigs;
  readonly pools: Pools;
  readonly notebookRuns: NotebookRuns;
  readonly probe: WorkspaceProbe;
}

export interface Workspaces {
  /** Throws `Broken` for a name that the estate does not have. */
  get(name: string): Workspace;
  readonly names: readonly string[];
}
