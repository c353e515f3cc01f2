// A process that dies at each await of a remedy of two calls, and calls whose answers are lost: changed once, started once, undone once.
import { describe, expect, it } from 'vitest';
import { stockOut, without } from '../builders/cluster-stories.ts';
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
