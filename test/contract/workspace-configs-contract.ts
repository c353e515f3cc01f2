// What every Workspace does about configurations and pools, whatever is behind it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alternativesTo } from '../../shared/domain/clusters/node-types.ts';
import type { Settings } from '../../shared/domain/runbooks/settings-change.ts';
import type { ClusterState, Workspace } from '../../shared/ports/workspace.ts';
import type { InstancePool } from '../../shared/ports/workspace-pools.ts';
import { clusterId } from '../builders/databricks-adapter.ts';
import { refusalOf } from '../builders/failures.ts';

export interface ConfigStage {
  readonly workspace: Workspace;
  /** With these settings and, beside them, what a person has set that Lakewarden does not read. */
  put(state: ClusterState, settings: Settings): Promise<void>;
  putPool(pool: Pick<InstancePool, 'id' | 'name' | 'nodeType' | 'maxCapacity'>): Promise<void>;
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export const CONFIGURED = clusterId('0424-035941-pl8ku9sr');
const A_START = 600;
const wanted = async () => undefined;
const unwanted = async () => 'the run is over';

const ordinary: Settings = {
  spark_version: '15.4.x-scala2.12',
  node_type_id: 'Standard_DS3_v2',
  num_workers: 4,
  spark_conf: { 'spark.driver.memory': '8g' },
  azure_attributes: { availability: 'SPOT_AZURE', first_on_demand: 0 },
};

export function configsContract(name: string, makeStage: () => Promise<ConfigStage>): void {
  describe(`Configurations: ${name}`, () => {
    let stage: ConfigStage;
    let workspace: Workspace;
    beforeEach(async () => {
      stage = await makeStage();
      workspace = stage.workspace;
    });
    afterEach(() => stage.close());

    async function settings(): Promise<Settings> {
      return (await workspace.cluster(CONFIGURED))?.settings ?? {};
    }

    it('E2: a cluster is shown with its settings, by itself and on its page', async () => {
      await stage.put('TERMINATED', ordinary);
      expect(await settings()).toMatchObject(ordinary);
      for await (const page of workspace.clusterPages()) {
        for (const cluster of page) expect(cluster.settings).toMatchObject(ordinary);
      }
    });

    it('E2: sets what it is told, by path, and leaves the rest as it is', async () => {
      await stage.put('TERMINATED', ordinary);
      const set = {
        node_type_id: 'Standard_D4ds_v5',
        driver_node_type_id: 'Standard_D4ds_v5',
        'azure_attributes.availability': 'ON_DEMAND_AZURE',
      };
      expect(await workspace.configs.update(CONFIGURED, set, wanted)).toEqual({ accepted: true });
      expect(await settings()).toMatchObject({
        ...ordinary,
        node_type_id: 'Standard_D4ds_v5',
        driver_node_type_id: 'Standard_D4ds_v5',
        azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 0 },
      });
    });

    it('E2: null takes a setting away; a range of workers takes the place of their number', async () => {
      await stage.put('TERMINATED', ordinary);
      const set = { spark_conf: null, num_workers: null, autoscale: { min_workers: 1, max_workers: 3 } };
      await workspace.configs.update(CONFIGURED, set, wanted);
      const now = await settings();
      expect(now).toMatchObject({ autoscale: { min_workers: 1, max_workers: 3 } });
      expect(now.num_workers ?? null).toBeNull();
      expect(now.spark_conf ?? null).toBeNull();
    });

    it('E2: a running cluster restarts to take it, a terminated one takes it at its next start', async () => {
      await stage.put('RUNNING', ordinary);
      await workspace.configs.update(CONFIGURED, { num_workers: 2 }, wanted);
      await stage.pass(10);
      expect((await workspace.cluster(CONFIGURED))?.state).toBe('RESTARTING');
      expect(await workspace.configs.update(CONFIGURED, { num_workers: 3 }, wanted)).toMatchObject({ accepted: false });
      await stage.pass(A_START);
      expect(await workspace.cluster(CONFIGURED)).toMatchObject({ state: 'RUNNING', settings: { num_workers: 2 } });
    });

    it('E2: leaves an EDITED event with who it was', async () => {
      await stage.put('TERMINATED', ordinary);
      await stage.pass(5);
      await workspace.configs.update(CONFIGURED, { num_workers: 2 }, wanted);
      const events = await workspace.clusterEvents(CONFIGURED, '2026-01-01T00:00:00.000Z', 10);
      expect(events[0]).toMatchObject({ type: 'EDITED', user: await workspace.whoAmI() });
    });

    it('D3: does not send a change when the last look says that it is no longer wanted', async () => {
      await stage.put('TERMINATED', ordinary);
      const answer = await workspace.configs.update(CONFIGURED, { num_workers: 2 }, unwanted);
      expect(answer).toMatchObject({ accepted: false, because: expect.stringContaining('the run is over') });
      expect(await settings()).toMatchObject({ num_workers: 4 });
    });

    it('E2: refuses a change of what is not there', async () => {
      await refusalOf(workspace.configs.update(clusterId('0000-000000-nowhere1'), { num_workers: 2 }, wanted));
    });

    it('E2: knows node types well enough to rank what could stand in for one', async () => {
      await stage.put('TERMINATED', ordinary);
      const ranked = alternativesTo(await workspace.configs.nodeTypes(), 'Standard_DS3_v2');
      expect(ranked.slice(0, 5)).toContain('Standard_D4ds_v5');
      expect(ranked).not.toContain('Standard_D8s_v3');
      expect(ranked).not.toContain('Standard_DS3_v2');
    });

    it('E2: a pool is shown with its limit, and only the limit is raised', async () => {
      const pool = { id: 'pool-1', name: 'shared', nodeType: 'Standard_DS3_v2', maxCapacity: 10 };
      await stage.putPool(pool);
      expect(await workspace.pools.get('pool-1')).toEqual({ ...pool, used: 0 });
      expect(await workspace.pools.setMaxCapacity('pool-1', 14, wanted)).toEqual({ accepted: true });
      expect(await workspace.pools.get('pool-1')).toEqual({ ...pool, used: 0, maxCapacity: 14 });
      expect(await workspace.pools.setMaxCapacity('pool-1', 20, unwanted)).toMatchObject({ accepted: false });
      expect(await workspace.pools.get('nobody')).toBeUndefined();
    });
  });
}
