// What every Workspace does, whatever is behind it: the adapter over a simulated Databricks, and the one in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterId } from '../../shared/domain/ids.ts';
import type { TerminationReason } from '../../shared/domain/signals/signal.ts';
import type { LastLook } from '../../shared/ports/last-look.ts';
import type { Cluster, ClusterState, Workspace } from '../../shared/ports/workspace.ts';
import { allRows, clusterId } from '../builders/databricks-adapter.ts';
import { refusalOf, unavailableOf } from '../builders/failures.ts';

type ActName = 'startCluster' | 'restartCluster';

export interface GivenCluster {
  readonly id: ClusterId;
  readonly name?: string;
  readonly state?: ClusterState;
  readonly reason?: TerminationReason;
  readonly source?: string;
  /** Whether its driver answers commands. */
  readonly answers?: boolean;
  readonly libraries?: readonly {
    readonly pypi: string;
    readonly status: string;
    readonly messages: readonly string[];
  }[];
}

/** A workspace together with the hand that arranges the world behind it. */
export interface WorkspaceStage {
  readonly workspace: Workspace;
  put(cluster: GivenCluster): Promise<void>;
  crash(id: ClusterId, reason: TerminationReason): Promise<void>;
  failNextStart(id: ClusterId, reason: TerminationReason): Promise<void>;
  /** Orders trouble for the next call of that name. */
  trouble(kind: 'unavailable' | 'refused' | 'lost-answer', call: ActName | 'cluster'): Promise<void>;
  /** Lets time pass behind the workspace. */
  pass(seconds: number): Promise<void>;
  now(): string;
  close(): Promise<void>;
}

/** Longer than any start or restart, shorter than any limit of ours. */
const A_START = 600;
const id = clusterId('0424-035941-pl8ku9sr');
const wanted: LastLook = async () => undefined;
const unreachable: TerminationReason = {
  code: 'DRIVER_UNREACHABLE',
  type: 'CLOUD_FAILURE',
  parameters: { driver_id: 'driver-abc' },
};
const stockOut: TerminationReason = {
  code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
  type: 'CLOUD_FAILURE',
  parameters: { azure_error_code: 'SkuNotAvailable' },
};

export function workspaceContract(name: string, makeStage: () => Promise<WorkspaceStage>): void {
  describe(`Workspace: ${name}`, () => {
    let stage: WorkspaceStage;
    let workspace: Workspace;

    beforeEach(async () => {
      stage = await makeStage();
      workspace = stage.workspace;
    });
    afterEach(() => stage.close());

    async function known(): Promise<Cluster> {
      const cluster = await workspace.cluster(id);
      if (cluster === undefined) throw new Error('the cluster is gone');
      return cluster;
    }

    it('says who it acts as', async () => {
      expect(await workspace.whoAmI()).not.toBe('');
    });

    it('shows a cluster as it is', async () => {
      await stage.put({ id, name: 'inference', state: 'RUNNING', source: 'JOB' });
      expect(await known()).toMatchObject({ id, name: 'inference', state: 'RUNNING', source: 'JOB' });
    });

    it('does not know what is not there', async () => {
      expect(await workspace.cluster(clusterId('0000-000000-nowhere1'))).toBeUndefined();
    });

    it('A5: shows why and when a cluster ended, on the clock of the service', async () => {
      await stage.put({ id });
      await stage.crash(id, unreachable);
      await stage.pass(A_START);
      const cluster = await known();
      expect(cluster).toMatchObject({ state: 'TERMINATED', reason: unreachable });
      const ended = Date.parse(cluster.terminatedAt ?? '');
      expect(ended).toBeLessThanOrEqual(Date.parse(stage.now()));
      expect(ended).toBeGreaterThanOrEqual(Date.parse(stage.now()) - A_START * 1_000);
    });

    it('B1: lists every cluster exactly once, over all pages', async () => {
      const ids = Array.from({ length: 23 }, (_, index) => clusterId(`0424-0000${10 + index}-list`));
      for (const one of ids) await stage.put({ id: one });
      const listed = (await allRows(workspace.clusterPages())).map((cluster) => cluster.id);
      expect(listed.toSorted()).toEqual(ids.toSorted());
    });

    it('starts a terminated cluster, which then runs and has forgotten why it ended', async () => {
      await stage.put({ id, state: 'TERMINATED', reason: unreachable });
      expect(await workspace.startCluster(id, wanted)).toEqual({ accepted: true });
      await stage.pass(A_START);
      const cluster = await known();
      expect(cluster.state).toBe('RUNNING');
      expect(cluster.reason).toBeUndefined();
    });

    it('shows a start that is under way, and accepts no second one', async () => {
      await stage.put({ id, state: 'TERMINATED', reason: unreachable });
      await workspace.startCluster(id, wanted);
      await stage.pass(10);
      expect((await known()).state).toBe('PENDING');
      expect(await workspace.startCluster(id, wanted)).toMatchObject({
        accepted: false,
        because: expect.stringMatching(/.+/),
      });
    });

    it('restarts a running cluster and leaves the evidence on the clock of the service', async () => {
      await stage.put({ id });
      const before = stage.now();
      await stage.pass(60);
      expect(await workspace.restartCluster(id, wanted)).toEqual({ accepted: true });
      await stage.pass(10);
      expect((await known()).state).toBe('RESTARTING');
      await stage.pass(A_START);
      const cluster = await known();
      expect(cluster.state).toBe('RUNNING');
      expect(Date.parse(cluster.lastRestartedAt ?? '')).toBeGreaterThan(Date.parse(before));
    });

    it.each<[ActName, ClusterState]>([
      ['startCluster', 'RUNNING'],
      ['restartCluster', 'TERMINATED'],
    ])('does not accept %s on a cluster that is %s', async (act, state) => {
      await stage.put({ id, state });
      const answer = await workspace[act](id, wanted);
      expect(answer).toMatchObject({ accepted: false, because: expect.stringMatching(/.+/) });
      expect((await known()).state).toBe(state);
    });

    it.each<[ActName, ClusterState]>([
      ['startCluster', 'TERMINATED'],
      ['restartCluster', 'RUNNING'],
    ])('D3: does not send %s when the last look says that it is no longer wanted', async (act, state) => {
      await stage.put({ id, state });
      const answer = await workspace[act](id, async () => 'somebody ended it');
      expect(answer).toEqual({ accepted: false, because: 'somebody ended it' });
      expect((await known()).state).toBe(state);
    });

    it.each<ActName>(['startCluster', 'restartCluster'])('refuses %s on a cluster that is not there', async (act) => {
      await refusalOf(workspace[act](id, wanted));
    });

    it('shows a start that fails, with its reason', async () => {
      await stage.put({ id, state: 'TERMINATED' });
      await stage.failNextStart(id, stockOut);
      expect(await workspace.startCluster(id, wanted)).toEqual({ accepted: true });
      await stage.pass(A_START);
      expect(await known()).toMatchObject({ state: 'TERMINATED', reason: stockOut });
    });

    it('tells a cluster’s events newest first, none older than asked for and no more than asked for', async () => {
      await stage.put({ id });
      await stage.pass(60);
      const since = stage.now();
      await stage.crash(id, unreachable);
      await stage.pass(A_START);
      await workspace.startCluster(id, wanted);
      await stage.pass(A_START);
      const events = await workspace.clusterEvents(id, since, 50);
      const times = events.map((event) => Date.parse(event.at));
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(times.every((at) => at >= Date.parse(since))).toBe(true);
      const types = events.map((event) => event.type);
      expect(types.indexOf('RUNNING')).toBeLessThan(types.indexOf('STARTING'));
      expect(types.indexOf('STARTING')).toBeLessThan(types.indexOf('TERMINATING'));
      expect(events.find((event) => event.type === 'TERMINATING')?.reason).toEqual(unreachable);
      expect(await workspace.clusterEvents(id, since, 2)).toEqual(events.slice(0, 2));
    });

    it('E5: tells the state of each library', async () => {
      const libraries = [
        { pypi: 'requests==2.32.0', status: 'INSTALLED', messages: [] },
        { pypi: 'no-such-package', status: 'FAILED', messages: ['not found'] },
      ];
      await stage.put({ id, libraries });
      await stage.pass(A_START);
      expect(await workspace.libraries(id)).toEqual([
        { library: 'pypi: requests==2.32.0', status: 'INSTALLED', messages: [] },
        { library: 'pypi: no-such-package', status: 'FAILED', messages: ['not found'] },
      ]);
    });

    it('has no libraries where there are none', async () => {
      await stage.put({ id });
      expect(await workspace.libraries(id)).toEqual([]);
    });

    it('E5: hears the driver answer a command', async () => {
      await stage.put({ id });
      expect(await workspace.runCommand(id, 'print(1)', 30)).toEqual({ answered: true, text: '1' });
    });

    it('E5: takes an error of the command for no answer, and says what it was', async () => {
      await stage.put({ id });
      const answer = await workspace.runCommand(id, 'undefined_name', 30);
      expect(answer).toMatchObject({ answered: false, because: expect.stringContaining('NameError') });
    });

    it('E5: waits for a silent driver only as long as it was told', async () => {
      await stage.put({ id, answers: false });
      const answer = await workspace.runCommand(id, 'print(1)', 30);
      expect(answer).toEqual({ answered: false, because: 'no answer within 30 s' });
    });

    it('E5: hears nothing from a cluster that is not running', async () => {
      await stage.put({ id, state: 'TERMINATED' });
      expect(await workspace.runCommand(id, 'print(1)', 30)).toMatchObject({ answered: false });
    });

    it('is Unavailable when nobody answers, and refused when it may not', async () => {
      await stage.put({ id, state: 'TERMINATED' });
      await stage.trouble('unavailable', 'startCluster');
      await unavailableOf(workspace.startCluster(id, wanted));
      await stage.trouble('refused', 'startCluster');
      await refusalOf(workspace.startCluster(id, wanted));
      expect(await workspace.startCluster(id, wanted)).toEqual({ accepted: true });
    });

    it('Invariant 3: says of an act whose answer was lost that it may have happened, and it did', async () => {
      await stage.put({ id, state: 'TERMINATED' });
      await stage.trouble('lost-answer', 'startCluster');
      const error = await unavailableOf(workspace.startCluster(id, wanted));
      expect(error.mayHaveHappened).toBe(true);
      await stage.pass(A_START);
      expect((await known()).state).toBe('RUNNING');
    });
  });
}
