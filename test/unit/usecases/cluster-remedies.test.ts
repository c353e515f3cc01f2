// Remedies that change a cluster before they start it: what is changed, in which order, and what happens when it does not help.
import { describe, expect, it } from 'vitest';
import { goodSettings } from '../../../shared/domain/clusters/last-good-settings.ts';
import {
  badArgument,
  endsBy,
  quotaExceeded,
  settingsOf,
  spotSettings,
  stockOut,
  texts,
  withCluster,
  without,
} from '../../builders/cluster-stories.ts';
import { CLUSTER, House, type HouseOptions } from '../../builders/house.ts';

describe('a cluster that Azure has no machines for', () => {
  it('E2: gets the node type that is most alike, and runs', async () => {
    const house = new House();
    house.workspace.obstruct(CLUSTER, without('Standard_DS3_v2'));
    await endsBy(house, stockOut);
    await house.settle(1200);
    const { incident, attempts } = await house.incident();
    expect(incident).toMatchObject({ state: 'resolved', failureClass: 'DatabricksResourceExhausted' });
    expect(incident.opening.actionsTaken).toContain('restart_with_different_instance_type');
    expect(house.workspace.acts(CLUSTER)).toEqual(['configs.update', 'startCluster']);
    expect(settingsOf(house)).toMatchObject({
      node_type_id: 'Standard_D4ds_v5',
      driver_node_type_id: 'Standard_D4ds_v5',
    });
    expect(attempts.map(({ change, outcome }) => [change?.former.node_type_id, outcome])).toEqual([
      ['Standard_DS3_v2', 'acted'],
      [undefined, 'acted'],
    ]);
  });

  it('E2: tries the estate’s ranked list, one per try, and what is left of the playbook after it', async () => {
    const nodeTypes = ['Standard_D4s_v3', 'Standard_E4ds_v5'];
    const house = new House({ estate: withCluster({ nodeTypes }) });
    house.workspace.obstruct(CLUSTER, (settings) => (Number(settings.num_workers) > 2 ? stockOut : undefined));
    await endsBy(house, stockOut);
    await house.settle(3600);
    const { incident, steps } = await house.incident();
    expect(steps.map(({ id, state }) => [id, state])).toEqual([
      ['use-on-demand', 'failed'],
      ['change-node-type', 'failed'],
      ['scale-down', 'succeeded'],
    ]);
    expect(await texts(house, 'attempt')).toEqual([
      expect.stringContaining('node_type_id from Standard_DS3_v2 to Standard_D4s_v3'),
      expect.stringContaining('start cluster'),
      expect.stringContaining('node_type_id from Standard_D4s_v3 to Standard_E4ds_v5'),
      expect.stringContaining('start cluster'),
      expect.stringContaining('num_workers from 4 to 2'),
      expect.stringContaining('start cluster'),
    ]);
    expect(incident.state).toBe('resolved');
  });

  it('E1: leaves it to a person when nothing of it helps, with what the code means', async () => {
    const house = new House({ estate: withCluster({ nodeTypes: ['Standard_D4s_v3'], minWorkers: 4 }) });
    house.workspace.obstruct(CLUSTER, () => stockOut);
    await endsBy(house, stockOut);
    await house.settle();
    const { incident, runs } = await house.incident();
    expect(incident.state).toBe('escalated');
    expect(runs[0]?.state).toMatchObject({ name: 'failed', advice: expect.stringContaining('no such VM size') });
    expect(house.told.at(-1)?.message.kind).toBe('human-needed');
  });

  it('E2: gives up spot machines, mildest first', async () => {
    const house = new House();
    house.workspace.put(CLUSTER, { settings: spotSettings });
    house.workspace.obstruct(CLUSTER, ({ azure_attributes }) =>
      Object(azure_attributes).availability === 'ON_DEMAND_AZURE' ? undefined : stockOut,
    );
    await endsBy(house, { code: 'SPOT_INSTANCE_TERMINATION', type: 'CLOUD_FAILURE', parameters: {} });
    await house.settle(3600);
    expect(await texts(house, 'attempt')).toEqual([
      expect.stringContaining('azure_attributes.availability from SPOT_AZURE to SPOT_WITH_FALLBACK_AZURE'),
      expect.stringContaining('start'),
      expect.stringContaining('from SPOT_WITH_FALLBACK_AZURE to ON_DEMAND_AZURE'),
      expect.stringContaining('start'),
    ]);
    expect(settingsOf(house).azure_attributes).toEqual({ availability: 'ON_DEMAND_AZURE', first_on_demand: 1 });
    expect((await house.incident()).incident.state).toBe('resolved');
  });
});

describe('a cluster that a quota stops', () => {
  it('C1: of one series of machines, gets another series; the advice has limit and need', async () => {
    const house = new House();
    const reason = quotaExceeded('standardDSv2Family', { limit: 100, usage: 96, required: 20 });
    house.workspace.obstruct(CLUSTER, ({ node_type_id }) =>
      /_DS\d+_v2/.test(String(node_type_id)) ? reason : undefined,
    );
    await endsBy(house, reason);
    await house.settle(1200);
    const { incident } = await house.incident();
    expect(incident).toMatchObject({ state: 'resolved', failureClass: 'DatabricksQuotaExceeded' });
    expect(incident.advice).toContain('limit 100, 96 in use, 20 more needed, raise it to 116');
    expect(settingsOf(house).node_type_id).toBe('Standard_D4ds_v5');
  });

  it('C1: of the whole region, gets as many workers as still fit', async () => {
    const house = new House();
    // 5 machines of 4 cores are asked for, 12 cores are left: a driver and 2 workers.
    const reason = quotaExceeded('Total Regional', { limit: 350, usage: 338, required: 20 });
    house.workspace.obstruct(CLUSTER, ({ num_workers }) => (Number(num_workers) > 2 ? reason : undefined));
    await endsBy(house, reason);
    await house.settle(1200);
    expect(settingsOf(house)).toMatchObject({ num_workers: 2, node_type_id: 'Standard_DS3_v2' });
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('C1: and nothing smaller fits: nothing is changed, a person is told the figures', async () => {
    const house = new House();
    const reason = quotaExceeded('Total Regional', { limit: 350, usage: 349, required: 20 });
    await endsBy(house, reason);
    await house.settle(1200);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect(house.told.at(-1)?.message.text).toContain('raise it to 369');
  });

  it('C1: of spot machines, goes to on-demand at once', async () => {
    const house = new House();
    house.workspace.put(CLUSTER, { settings: spotSettings });
    const reason = quotaExceeded('Total Regional Low-priority', { limit: 10, usage: 10, required: 16 });
    await endsBy(house, reason);
    await house.settle(1200);
    expect(settingsOf(house).azure_attributes).toMatchObject({ availability: 'ON_DEMAND_AZURE' });
  });
});

describe('a cluster whose pool is full', () => {
  const full = { code: 'INSTANCE_POOL_MAX_CAPACITY_REACHED', type: 'CLIENT_ERROR', parameters: {} };
  const pool = { id: 'pool-1', name: 'shared', nodeType: 'Standard_DS3_v2', used: 9, maxCapacity: 10 };
  const pooled = { instance_pool_id: 'pool-1', node_type_id: 'Standard_DS3_v2', num_workers: 4 };
  const listed = (maxCapacity: number) =>
    withCluster({}, [
      { kind: 'instance-pool', id: 'pool-1', name: 'shared', maxCapacity, maintenanceWindows: [], playbooks: {} },
    ]);

  function stage(maxCapacity: number): House {
    const house = new House({ estate: listed(maxCapacity) });
    house.workspace.put(CLUSTER, { settings: pooled });
    house.workspace.pools.put(pool);
    house.workspace.obstruct(CLUSTER, () =>
      (house.workspace.pools.truth('pool-1')?.maxCapacity ?? 0) < 14 ? full : undefined,
    );
    return house;
  }

  it('E2: the pool is raised by what is lacking, within the estate’s ceiling, then the cluster starts', async () => {
    const house = stage(20);
    await endsBy(house, full);
    await house.settle(1200);
    expect(house.workspace.pools.truth('pool-1')?.maxCapacity).toBe(14);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E5: raised, and the new machines are taken by others: a person is called', async () => {
    const house = stage(20);
    house.workspace.obstruct(CLUSTER, () => full);
    await endsBy(house, full);
    await house.settle(3600);
    const { incident, steps } = await house.incident();
    expect(house.workspace.pools.truth('pool-1')?.maxCapacity).toBeGreaterThan(10);
    expect(steps.map(({ id, state }) => [id, state])).toEqual([['raise-pool-capacity', 'failed']]);
    expect(incident.state).toBe('escalated');
  });

  it('E2: above the ceiling nothing is raised and a person is called', async () => {
    const house = stage(12);
    await endsBy(house, full);
    await house.settle(1200);
    expect(house.workspace.pools.truth('pool-1')?.maxCapacity).toBe(10);
    const { incident, runs } = await house.incident();
    expect(incident.state).toBe('escalated');
    expect(runs[0]?.state).toMatchObject({
      because: expect.stringContaining('would need 14 machines, the estate allows 12'),
    });
  });
});

describe('a cluster with a configuration that it cannot start with', () => {
  const good = {
    spark_version: '15.4.x-scala2.12',
    node_type_id: 'Standard_DS3_v2',
    num_workers: 4,
    spark_conf: { 'spark.driver.memory': '8g' },
  };
  const bad = { ...good, spark_conf: { 'spark.driver.memory': '900g' }, policy_id: 'P1', custom_tags: { team: 'a' } };

  async function stage(kept = true, crashesAt?: HouseOptions['crashesAt']): Promise<House> {
    const house = new House(crashesAt ? { crashesAt } : {});
    house.workspace.put(CLUSTER, { settings: bad });
    house.workspace.obstruct(CLUSTER, ({ spark_conf }) =>
      Object(spark_conf)['spark.driver.memory'] === '900g' ? badArgument : undefined,
    );
    const facts = {
      workspace: 'databricks-dev',
      kind: 'cluster',
      id: CLUSTER,
      name: 'Test Cluster',
      facts: {},
    } as const;
    if (kept) await house.ports.inventory.keep({ ...facts, ...goodSettings(good), seenAt: '2026-11-20T06:00:00.000Z' });
    return house;
  }

  it('E2: is rolled back to its last good one; what is not to be restored stays', async () => {
    const house = await stage();
    await endsBy(house, badArgument);
    await house.settle(1200);
    const { incident } = await house.incident();
    expect(incident).toMatchObject({ state: 'resolved', failureClass: 'DatabricksConfigurationError' });
    expect(incident.opening.actionsTaken).toEqual(['rollback_config']);
    expect(settingsOf(house)).toEqual({ ...bad, spark_conf: good.spark_conf });
  });

  it('E5: rolled back, and it does not start for another reason of the kind: a person is called', async () => {
    const house = await stage();
    house.workspace.obstruct(CLUSTER, () => badArgument);
    await endsBy(house, badArgument);
    await house.settle(3600);
    const { incident, steps } = await house.incident();
    expect(settingsOf(house).spark_conf).toEqual(good.spark_conf);
    expect(steps.map(({ id, state }) => [id, state])).toEqual([['rollback-config', 'failed']]);
    expect(incident.state).toBe('escalated');
  });

  it('C1: without a last good one it is a person’s', async () => {
    const house = await stage(false);
    await endsBy(house, badArgument);
    await house.settle(1200);
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
  });

  it('E2: what somebody else sets between our look and our call is not written over', async () => {
    const house: House = await stage(true, (operation, moment) => {
      const isIntent = operation === 'incidents.commit' && moment === 'after';
      if (isIntent && house.workspace.calls.some(({ call }) => call === 'clusterEvents'))
        house.workspace.editByHand(CLUSTER, { ...bad, spark_conf: { 'spark.driver.memory': '16g' } });
      return false;
    });
    await endsBy(house, badArgument);
    await house.settle(600);
    expect(settingsOf(house).spark_conf).toEqual({ 'spark.driver.memory': '16g' });
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
  });
});
