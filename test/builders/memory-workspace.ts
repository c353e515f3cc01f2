// Workspace in memory, by the words of the port, with the clusters' lives computed from the given clock whenever somebody looks.
// What goes wrong is ordered beforehand: crashes, starts that fail, answers that are lost, a control plane that is down.
import { Refused, Unavailable } from '../../shared/domain/errors.ts';
import type { ClusterId } from '../../shared/domain/ids.ts';
import type { Settings } from '../../shared/domain/runbooks/settings-change.ts';
import type { TerminationReason } from '../../shared/domain/signals/signal.ts';
import type { CommandAnswer, StartAnswer } from '../../shared/ports/answers.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { LastLook } from '../../shared/ports/last-look.ts';
import type { Cluster, ClusterEvent, LibraryStatus, Workspace } from '../../shared/ports/workspace.ts';
import { type Interrupt, uninterrupted } from './interruptions.ts';
import { type Happening, MemoryCluster } from './memory-cluster.ts';
import { MemoryClusterConfigs } from './memory-cluster-configs.ts';
import { MemoryJobs } from './memory-jobs.ts';
import { MemoryNotebookRuns } from './memory-notebook-runs.ts';
import { MemoryNotebooks } from './memory-notebooks.ts';
import { MemoryPools } from './memory-pools.ts';
import { MemoryProbe } from './memory-probe.ts';
import { MemoryWarehouses } from './memory-warehouses.ts';

export type WorkspaceCallName =
  | Exclude<
      keyof Workspace,
      'name' | 'probe' | 'configs' | 'pools' | 'notebookRuns' | 'warehouses' | 'notebooks' | 'jobs'
    >
  | 'notebookRuns.submit'
  | 'notebookRuns.state'
  | 'configs.update'
  | 'configs.nodeTypes'
  | 'pools.get'
  | 'pools.setMaxCapacity';

/** Serves one call: trouble that was ordered, then its effect; before an act, the last look. */
export interface Serve {
  read<T>(call: WorkspaceCallName, clusterId: ClusterId | undefined, effect: () => T): Promise<T>;
  act(
    call: ActName,
    id: ClusterId | undefined,
    lastLook: LastLook | undefined,
    effect: () => StartAnswer,
  ): Promise<StartAnswer>;
}

const ACTS = ['startCluster', 'restartCluster', 'configs.update', 'pools.setMaxCapacity'] as const;
type ActName = (typeof ACTS)[number];

/** What is ordered for the next calls. `lost-answer`: the effect happens, the caller hears of nothing. */
type Trouble = 'unavailable' | 'refused' | 'lost-answer';

const ORDINARY_SETTINGS: Settings = {
  spark_version: '15.4.x-scala2.12',
  node_type_id: 'Standard_DS3_v2',
  driver_node_type_id: 'Standard_DS3_v2',
  num_workers: 4,
  azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 1 },
};

interface MemoryWorkspaceCall {
  readonly at: string;
  readonly call: WorkspaceCallName;
  readonly clusterId?: ClusterId;
  /** What the service answered to an act; absent when it refused before looking. */
  answer?: StartAnswer;
}

interface MemoryWorkspaceOptions {
  readonly name?: string;
  readonly startSeconds?: number;
  readonly restartSeconds?: number;
  readonly clustersPerPage?: number;
  readonly interrupt?: Interrupt;
}

interface Order {
  readonly call: WorkspaceCallName | 'any';
  readonly trouble: Trouble;
  left: number;
}

export class MemoryWorkspace implements Workspace {
  readonly name: string;
  readonly warehouses: MemoryWarehouses;
  readonly jobs: MemoryJobs;
  readonly notebooks: MemoryNotebooks;
  readonly calls: MemoryWorkspaceCall[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #options: MemoryWorkspaceOptions;
  readonly #interrupt: Interrupt;
  readonly #clusters = new Map<ClusterId, MemoryCluster>();
  readonly #unlisted = new Set<ClusterId>();
  readonly configs: MemoryClusterConfigs;
  readonly pools: MemoryPools;
  readonly notebookRuns: MemoryNotebookRuns;
  readonly probe: MemoryProbe;
  #orders: Order[] = [];

  constructor(clock: Pick<Clock, 'now'>, options: MemoryWorkspaceOptions = {}) {
    this.name = options.name ?? 'primary';
    this.#clock = clock;
    this.#options = options;
    this.#interrupt = options.interrupt ?? uninterrupted;
    const serve: Serve = {
      read: (call, id, effect) => this.#serve(call, id, effect),
      act: (call, id, lastLook, effect) => this.#act(call, id, lastLook, effect),
    };
    this.configs = new MemoryClusterConfigs(serve, (id) => this.#known(id), clock);
    this.pools = new MemoryPools(serve);
    this.notebookRuns = new MemoryNotebookRuns(serve, clock);
    this.notebooks = new MemoryNotebooks(clock, this.#interrupt);
    this.warehouses = new MemoryWarehouses(clock, this.#interrupt);
    this.jobs = new MemoryJobs(clock, this.#interrupt);
    this.probe = new MemoryProbe(this.warehouses, this.#interrupt);
  }

  /** A cluster as it is from now on; RUNNING if nothing else is said. */
  put(id: ClusterId, given: Partial<Omit<Cluster, 'id'>> = {}): void {
    this.#clusters.set(
      id,
      new MemoryCluster({
        name: id,
        stateMessage: '',
        source: 'UI',
        state: 'RUNNING',
        settings: ORDINARY_SETTINGS,
        ...given,
        id,
      }),
    );
  }

  crash(id: ClusterId, reason: TerminationReason): void {
    this.#known(id).end(reason, this.#now());
  }

  /** The next start or restart comes to this instead of RUNNING. Orders queue up, one per start. */
  failNextStart(id: ClusterId, reason: TerminationReason): void {
    this.#known(id).startFailures.push(reason);
  }

  /** Every start fails for which this says why, as long as it does. */
  obstruct(id: ClusterId, obstacle: MemoryCluster['obstacle']): void {
    this.#known(id).obstacle = obstacle;
  }

  /** Somebody edits it, in the workspace itself. */
  editByHand(id: ClusterId, settings: Settings, user = 'data.engineer@example.com'): void {
    this.#known(id).edit(settings, this.#now(), this.#options.restartSeconds ?? 150, user);
  }

  /** Deleted for good: nobody knows it any more. */
  vanish(id: ClusterId): void {
    this.#clusters.delete(id);
  }

  /** Lists leave it out, though it is there. */
  unlist(id: ClusterId): void {
    this.#unlisted.add(id);
  }

  /** RUNNING, but no command is ever answered. */
  silence(id: ClusterId): void {
    this.#known(id).answersCommands = false;
  }

  setLibraries(id: ClusterId, libraries: readonly LibraryStatus[]): void {
    this.#known(id).libraries = libraries;
  }

  note(id: ClusterId, type: string, more: Omit<ClusterEvent, 'type' | 'at'> = {}): void {
    this.#known(id).note(this.#now(), type, more);
  }

  /** The next `times` calls (of that name) meet with trouble; for ever by default, until `calm`. */
  order(trouble: Trouble, call: WorkspaceCallName | 'any' = 'any', times = Number.POSITIVE_INFINITY): void {
    this.#orders.push({ call, trouble, left: times });
  }

  calm(): void {
    this.#orders = [];
  }

  /** Acts on a cluster, in order; what the other side would see of us. */
  acts(id: ClusterId): readonly WorkspaceCallName[] {
    const acts: readonly WorkspaceCallName[] = ACTS;
    return this.calls.filter((one) => one.clusterId === id && acts.includes(one.call)).map((one) => one.call);
  }

  cluster(id: ClusterId): Promise<Cluster | undefined> {
    return this.#serve('cluster', id, () => this.#clusters.get(id)?.at(this.#now()));
  }

  async *clusterPages(): AsyncIterable<readonly Cluster[]> {
    const size = this.#options.clustersPerPage ?? 2;
    const ids = [...this.#clusters.keys()].filter((id) => !this.#unlisted.has(id));
    for (let from = 0; from === 0 || from < ids.length; from += size) {
      yield await this.#serve('clusterPages', undefined, () =>
        ids.slice(from, from + size).flatMap((id) => this.#clusters.get(id)?.at(this.#now()) ?? []),
      );
    }
  }

  startCluster(id: ClusterId, lastLook?: LastLook): Promise<StartAnswer> {
    return this.#act('startCluster', id, lastLook, () =>
      this.#known(id).launch('start', this.#now(), this.#options.startSeconds ?? 180),
    );
  }

  restartCluster(id: ClusterId, lastLook?: LastLook): Promise<StartAnswer> {
    return this.#act('restartCluster', id, lastLook, () =>
      this.#known(id).launch('restart', this.#now(), this.#options.restartSeconds ?? 150),
    );
  }

  clusterEvents(id: ClusterId, since: string, limit: number): Promise<readonly ClusterEvent[]> {
    return this.#serve('clusterEvents', id, () => {
      const cluster = this.#known(id);
      cluster.at(this.#now());
      return cluster.events
        .filter((event) => Date.parse(event.at) >= Date.parse(since))
        .toReversed()
        .slice(0, limit);
    });
  }

  libraries(id: ClusterId): Promise<readonly LibraryStatus[]> {
    return this.#serve('libraries', id, () => this.#known(id).libraries);
  }

  /** Time does not pass for a command: an answer is there at once or never. */
  runCommand(id: ClusterId, code: string, timeoutSeconds: number): Promise<CommandAnswer> {
    return this.#serve('runCommand', id, () => this.#known(id).run(code, timeoutSeconds, this.#now()));
  }

  whoAmI(): Promise<string> {
    return this.#serve('whoAmI', undefined, () => 'lakewarden@memory');
  }

  async #act(
    call: ActName,
    id: ClusterId | undefined,
    lastLook: LastLook | undefined,
    launch: () => StartAnswer,
  ): Promise<StartAnswer> {
    await this.#interrupt(`workspace.${call}`, 'before');
    const unwanted = await lastLook?.();
    if (unwanted !== undefined) return { accepted: false, because: unwanted };
    return await this.#answer(call, id, () => this.#answered(launch()));
  }

  async #serve<T>(call: WorkspaceCallName, clusterId: ClusterId | undefined, effect: () => T): Promise<T> {
    await this.#interrupt(`workspace.${call}`, 'before');
    return await this.#answer(call, clusterId, effect);
  }

  async #answer<T>(call: WorkspaceCallName, clusterId: ClusterId | undefined, effect: () => T): Promise<T> {
    this.calls.push({ at: this.#now(), call, ...(clusterId !== undefined && { clusterId }) });
    const trouble = this.#take(call);
    if (trouble === 'refused') throw new Refused('workspace-refused', `${call}: not allowed (ordered)`);
    if (trouble === 'unavailable') throw unavailable(call, false);
    const result = effect();
    await this.#interrupt(`workspace.${call}`, 'after');
    if (trouble === 'lost-answer') throw unavailable(call, true);
    return result;
  }

  #answered(answer: StartAnswer): StartAnswer {
    const call = this.calls.at(-1);
    if (call) call.answer = answer;
    return answer;
  }

  /** A cluster as it really is, without a call. */
  truth(id: ClusterId): Cluster | undefined {
    return this.#clusters.get(id)?.at(this.#now());
  }

  #take(call: WorkspaceCallName): Trouble | undefined {
    const order = this.#orders.find((one) => one.left > 0 && (one.call === 'any' || one.call === call));
    if (order !== undefined) order.left -= 1;
    return order?.trouble;
  }

  #known(id: ClusterId): MemoryCluster {
    const cluster = this.#clusters.get(id);
    if (cluster === undefined) throw new Refused('workspace-refused', `Cluster ${id} does not exist`);
    return cluster;
  }

  #now(): Happening['at'] {
    return this.#clock.now().toISOString();
  }
}

function unavailable(call: string, mayHaveHappened: boolean): Unavailable {
  return new Unavailable('workspace-unavailable', `${call}: no answer (ordered)`, { mayHaveHappened });
}
