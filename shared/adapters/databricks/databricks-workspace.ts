// One Databricks workspace over REST. Only constant paths: ids travel in query or body, after their guard, so none can
// change the path; list calls read every page; an act's answer is read as the port's contract says, never waited for.
import type * as z from 'zod';
import type { ClusterId } from '../../domain/ids.ts';
import type { CommandAnswer, StartAnswer } from '../../ports/answers.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { Cluster, ClusterEvent, LibraryStatus, Workspace } from '../../ports/workspace.ts';
import { type Answer, WorkspaceCalls } from './calls.ts';
import { DatabricksClusterConfigs } from './cluster-configs.ts';
import { runCommand } from './command.ts';
import { DatabricksJobs } from './databricks-jobs.ts';
import { DatabricksNotebooks } from './databricks-notebooks.ts';
import { DatabricksProbe } from './databricks-probe.ts';
import { DatabricksWarehouses } from './databricks-warehouses.ts';
import { DatabricksNotebookRuns } from './notebook-runs.ts';
import type { WorkspaceOptions } from './options.ts';
import { accepted, act, checked, PageGuard, parsed, read } from './parse.ts';
import { DatabricksPools } from './pools.ts';
import { saysUnknown } from './translate.ts';
import * as wire from './wire.ts';

/** The service's largest page of clusters/list (docs.databricks.com/api/azure/workspace/clusters/list). */
const CLUSTERS_PER_PAGE = 100;
/** The service's largest page of clusters/events; it corrects larger ones silently. */
const EVENTS_PER_PAGE = 500;

export class DatabricksWorkspace implements Workspace {
  readonly name: string;
  readonly configs: DatabricksClusterConfigs;
  readonly pools: DatabricksPools;
  readonly notebookRuns: DatabricksNotebookRuns;
  readonly warehouses: DatabricksWarehouses;
  readonly jobs: DatabricksJobs;
  readonly notebooks: DatabricksNotebooks;
  readonly probe: DatabricksProbe;
  readonly #calls: WorkspaceCalls;

  /** Throws `InvalidInput` when the workspace could not be reached safely as configured. Connects to nothing yet. */
  constructor(options: WorkspaceOptions) {
    this.name = options.name;
    this.#calls = new WorkspaceCalls(options);
    this.configs = new DatabricksClusterConfigs(this.name, this.#calls);
    this.pools = new DatabricksPools(this.name, this.#calls);
    this.notebookRuns = new DatabricksNotebookRuns(this.name, this.#calls);
    this.notebooks = new DatabricksNotebooks(options.name, this.#calls);
    this.warehouses = new DatabricksWarehouses(options.name, this.#calls);
    this.jobs = new DatabricksJobs(options.name, this.#calls);
    this.probe = new DatabricksProbe(this.#calls);
  }

  async cluster(id: ClusterId): Promise<Cluster | undefined> {
    const answer = await this.#calls.ask(read('/api/2.1/clusters/get', { cluster_id: checked(id) }));
    if (!answer.ok && saysUnknown(answer.failure)) return undefined;
    return this.#parse(wire.clusterAnswer, answer, 'a cluster');
  }

  async *clusterPages(): AsyncIterable<readonly Cluster[]> {
    const seen = new PageGuard(this.name);
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query = { page_size: CLUSTERS_PER_PAGE, ...(token !== '' && { page_token: token }) };
      const answer = await this.#calls.ask(read('/api/2.1/clusters/list', query));
      const page: z.output<typeof wire.clusterPage> = this.#parse(wire.clusterPage, answer, 'a list of clusters');
      yield page.clusters;
      token = seen.next(page.next_page_token);
    }
  }

  startCluster(id: ClusterId, lastLook?: LastLook): Promise<StartAnswer> {
    return this.#act('/api/2.1/clusters/start', id, lastLook);
  }

  restartCluster(id: ClusterId, lastLook?: LastLook): Promise<StartAnswer> {
    return this.#act('/api/2.1/clusters/restart', id, lastLook);
  }

  async clusterEvents(id: ClusterId, since: string, limit: number): Promise<readonly ClusterEvent[]> {
    const first = { cluster_id: checked(id), start_time: Date.parse(since), order: 'DESC' };
    const seen = new PageGuard(this.name);
    const events: ClusterEvent[] = [];
    let body: Record<string, unknown> | undefined = { ...first, page_size: Math.min(limit, EVENTS_PER_PAGE) };
    while (body !== undefined && events.length < limit) {
      const answer = await this.#calls.ask({
        method: 'POST',
        path: '/api/2.1/clusters/events',
        body,
        repeatable: true,
      });
      const page: z.output<typeof wire.eventPage> = this.#parse(wire.eventPage, answer, 'cluster events');
      events.push(...page.events.filter((event) => Date.parse(event.at) >= first.start_time));
      const token = seen.next(page.next_page_token ?? (page.next_page && JSON.stringify(page.next_page)));
      if (token === undefined) break;
      body = page.next_page_token ? { ...body, page_token: token } : { ...page.next_page };
    }
    return events.slice(0, limit);
  }

  async libraries(id: ClusterId): Promise<readonly LibraryStatus[]> {
    const answer = await this.#calls.ask(read('/api/2.0/libraries/cluster-status', { cluster_id: checked(id) }));
    return this.#parse(wire.libraryAnswer, answer, 'library statuses').library_statuses;
  }

  async runCommand(id: ClusterId, code: string, timeoutSeconds: number): Promise<CommandAnswer> {
    return runCommand(this.#calls, { clusterId: checked(id), code, timeoutSeconds });
  }

  async whoAmI(): Promise<string> {
    const answer = await this.#calls.ask(read('/api/2.0/preview/scim/v2/Me', {}));
    return this.#parse(wire.meAnswer, answer, 'a user').userName;
  }

  /** Ends every connection; calls after it are not allowed. */
  close(): Promise<void> {
    return this.#calls.close();
  }

  async #act(path: string, id: ClusterId, lastLook?: LastLook): Promise<StartAnswer> {
    return accepted(await this.#calls.ask(act(path, { cluster_id: checked(id) }, lastLook)));
  }

  #parse<Schema extends z.ZodType>(schema: Schema, answer: Answer, what: string): z.output<Schema> {
    return parsed(this.name, schema, answer, what);
  }
}
