// A process that dies at each await of a remedy of two calls, and calls whose answers are lost: changed once, started once, undone once.
import { describe, expect, it } from 'vitest';
import { goodSettings } from '../../shared/domain/clusters/last-good-settings.ts';
import type { TerminationReason } from '../../shared/domain/signals/signal.ts';
import {
  badArgument,
  endsBy,
  quotaExceeded,
  spotSettings,
  stockOut,
  withCluster,
  without,
} from '../builders/cluster-stories.ts';
import { CLUSTER, died, House, type HouseOptions } from '../builders/house.ts';

async function failing(options: HouseOptions = {}): Promise<House> {
  const house = new House(options);
  house.workspace.obstruct(CLUSTER, without('Standard_DS3_v2'));
  house.workspace.crash(CLUSTER, stockOut);
  await house.hear(died(CLUSTER, stockOut.code, { termination_reason: stockOut }));
  return house;
}

async function recovered(options: HouseOptions = {}): Promise<House> {
  const house = await failing(options);
  await house.settle(3600);
  await house.clock.advance(600_000);
  await house.watch();
  await house.settle(3600);
  return house;
}

async function expectRecovered(house: House, where: string): Promise<void> {
  const { incident, attempts, outbox } = await house.incident();
  expect(incident.state, where).toBe('resolved');
  expect(house.workspace.acts(CLUSTER), `${where}: changed once, started once (invariant 3)`).toEqual([
    'configs.update',
    'startCluster',
  ]);
  const change = attempts.find((attempt) => attempt.change && attempt.outcome === 'acted')?.change;
  expect(change?.former.node_type_id, `${where}: what stood there before is on record`).toBe('Standard_DS3_v2');
  expect(outbox, where).toEqual([]);
  expect(house.errors, where).toEqual([]);
}

const POOL = 'pool-1';
const full = { code: 'INSTANCE_POOL_MAX_CAPACITY_REACHED', type: 'CLIENT_ERROR', parameters: {} };
const driverLost = { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} };
const good = { spark_version: '15.4.x-scala2.12', node_type_id: 'Standard_DS3_v2', num_workers: 4 };

interface Story {
  readonly reason: TerminationReason;
  /** What the estate says more of the cluster. */
  readonly says?: Record<string, unknown>;
  readonly stage?: (house: House) => Promise<void> | void;
  /** The calls that change anything, each once. */
  readonly calls: readonly string[];
}

/** Every other remedy of two calls. */
const stories: Readonly<Record<string, Story>> = {
  'use-on-demand': {
    reason: { code: 'SPOT_INSTANCE_TERMINATION', type: 'CLOUD_FAILURE', parameters: {} },
    stage: ({ workspace }) => workspace.put(CLUSTER, { settings: spotSettings }),
    calls: ['configs.update', 'startCluster'],
  },
  'scale-down': {
    reason: quotaExceeded('Total Regional', { limit: 350, usage: 338, required: 20 }),
    calls: ['configs.update', 'startCluster'],
  },
  'scale-up': {
    reason: driverLost,
    says: { maxWorkers: 8, playbooks: { DatabricksDriverNotResponding: { remedies: ['scale-up'] } } },
    calls: ['configs.update', 'startCluster'],
  },
  'raise-pool-capacity': {
    reason: full,
    stage: ({ workspace }) => {
      workspace.put(CLUSTER, { settings: { ...good, instance_pool_id: POOL } });
      workspace.pools.put({ id: POOL, name: 'shared', nodeType: good.node_type_id, used: 9, maxCapacity: 10 });
    },
    calls: ['pools.setMaxCapacity', 'startCluster'],
  },
  'rollback-config': {
    reason: badArgument,
    stage: async ({ workspace, ports }) => {
      workspace.put(CLUSTER, { settings: { ...good, spark_conf: { 'spark.driver.memory': '900g' } } });
      const key = {
        workspace: 'databricks-dev',
        kind: 'cluster',
        id: CLUSTER,
        name: 'Test Cluster',
        facts: {},
      } as const;
      await ports.inventory.keep({ ...key, ...goodSettings(good), seenAt: '2026-11-20T06:00:00.000Z' });
    },
    calls: ['configs.update', 'startCluster'],
  },
};

/** Dies where something is written: the intent, the call, its outcome. */
const WRITE = /^incidents\.|configs\.update|pools\.setMaxCapacity|startCluster/;

async function mustEndWell(name: string, dies: () => boolean): Promise<void> {
  const story = stories[name];
  if (!story) throw new Error(name);
  let where = `${name}, no crash`;
  const house = new House({
    estate: withCluster(story.says ?? {}, [
      { kind: 'instance-pool', id: POOL, name: 'shared', maxCapacity: 20, maintenanceWindows: [], playbooks: {} },
    ]),
    crashesAt: (operation, moment) => {
      const isFatal = WRITE.test(operation) && dies();
      if (isFatal) where = `${name}, ${moment} ${operation}`;
      return isFatal;
    },
  });
  await story.stage?.(house);
  await endsBy(house, story.reason);
  await house.settle(3600);
  await house.watch();
  await house.settle(3600);
  const { incident, steps } = await house.incident();
  expect(incident.state, where).toBe('resolved');
  expect(steps.find(({ state }) => state === 'succeeded')?.id, where).toBe(name);
  const changing = house.workspace.calls.map(({ call }) => String(call)).filter((call) => WRITE.test(call));
  expect(changing, where).toEqual(story.calls);
}

describe('a remedy of two calls', () => {
  it('D3: ends in the same way whatever await the process dies at', async () => {
    let awaits = 0;
    const counting = await recovered({
      crashesAt: () => {
        awaits += 1;
        return false;
      },
    });
    await expectRecovered(counting, 'no crash');
    for (let fatal = 1; fatal <= awaits; fatal += 1) {
      let passed = 0;
      let where = '';
      const house = await recovered({
        crashesAt: (operation, moment) => {
          passed += 1;
          if (passed === fatal) where = `crash ${fatal}, ${moment} ${operation}`;
          return passed === fatal;
        },
      });
      await expectRecovered(house, where);
    }
  });

  it.each(['configs.update', 'startCluster'] as const)(
    'Invariant 3: an answer to %s that is lost is found out about, not repeated',
    async (call) => {
      const house = await failing();
      house.workspace.order('lost-answer', call, 1);
      await house.settle(3600);
      await expectRecovered(house, call);
    },
  );

  it.each(['configs.update', 'startCluster'] as const)(
    'E6: a workspace that is away at %s is asked again',
    async (call) => {
      const house = await failing();
      house.workspace.order('unavailable', call, 1);
      await house.settle(3600);
      expect((await house.incident()).incident.state).toBe('resolved');
    },
  );

  it.each(Object.keys(stories))('D3: %s: whatever write the process dies at, each call is made once', async (name) => {
    let writes = 0;
    await mustEndWell(name, () => {
      writes += 1;
      return false;
    });
    expect(writes).toBeGreaterThan(10);
    for (let fatal = 1; fatal <= writes; fatal += 1) {
      let passed = 0;
      await mustEndWell(name, () => {
        passed += 1;
        return passed === fatal;
      });
    }
  });

  it('D3: a change that somebody takes back before the start is left to a person', async () => {
    const house = await failing();
    house.workspace.order('lost-answer', 'configs.update', 1);
    await house.settle(20);
    const before = house.workspace.truth(CLUSTER)?.settings ?? {};
    expect(before.node_type_id).toBe('Standard_D4ds_v5');
    await house.clock.advance(5_000);
    house.workspace.editByHand(CLUSTER, {
      ...before,
      node_type_id: 'Standard_DS3_v2',
      driver_node_type_id: 'Standard_DS3_v2',
    });
    await house.settle(1200);
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(house.workspace.acts(CLUSTER)).toEqual(['configs.update']);
  });
});
