// Giving and ending standing orders while processes die: at each await of the person's call, and at each await of the handlers that follow.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { OrderKind } from '../../shared/domain/standing-orders/standing-order.ts';
import { watchOver } from '../../shared/usecases/watch-over.ts';
import { CLUSTER, House, type HouseOptions } from '../builders/house.ts';
import { doomed, expectWhole, untilDoneOrDead } from '../builders/operators.ts';
import { end, give, HOUR, minutes } from '../builders/standing-orders.ts';

/** What people have heard when all is over: of the opening and of the resolution, over two channels, each once. */
async function expectRecovered(house: House, where: string): Promise<void> {
  expect(house.ports.incidents.ids.length, `${where}: one incident (invariant 2)`).toBe(1);
  const { incident } = await house.incident();
  expect(incident.state, where).toBe('resolved');
  expect(incident.keptBack, where).toBeUndefined();
  expect(house.workspace.acts(CLUSTER).length, `${where}: acted once (invariant 3)`).toBe(1);
  const told = new Set(house.told.map(({ message }) => message.id));
  expect(told.size, `${where}: people were told of everything, once`).toBe(4);
  const types = await house.types();
  const noted = (type: string) => types.filter((each) => each === type).length;
  expect(noted('standing-order-ended'), `${where}: its end is on record once`).toBe(1);
  await expectWhole(house, where);
}

/** A minute of the watchdog for each that passes, so that whatever a dead writer left is finished. */
async function afterwards(house: House): Promise<void> {
  await minutes(house, 8);
  await house.settle(HOUR / 2);
}

describe.each(['silence', 'freeze'] as const)('a %s whose giver or ender dies', (kind: OrderKind) => {
  it.each(['before', 'after'] as const)(
    'D3, E3: %s any call of giving it: it holds or does not, and the same key makes it hold',
    async (moment) => {
      for (let fatal = 1; ; fatal += 1) {
        const house = new House();
        const { ports, calls } = doomed(house, fatal, moment);
        const where = () => `giving, death ${fatal} ${calls.last}`;
        const given = { key: 'k-1', fingerprint: 'same' };
        const outcome = await untilDoneOrDead(give(house, { kind }, { ...given, ports: { ...house.ports, ...ports } }));
        const order = await give(house, { kind }, given);
        await house.dies();
        await minutes(house, 2);
        expect(house.workspace.acts(CLUSTER), where()).toEqual([]);
        expect((await house.ports.gate.read()).orders, where()).toHaveLength(1);
        await end(house, order.id);
        await afterwards(house);
        await expectRecovered(house, where());
        if (outcome === 'done') break;
      }
    },
  );

  it.each(['before', 'after'] as const)(
    'D3, E3: %s any call of ending it: what it held goes on once',
    async (moment) => {
      for (let fatal = 1; ; fatal += 1) {
        const house = new House();
        const { ports, calls } = doomed(house, fatal, moment);
        const order = await give(house, { kind });
        await house.dies();
        await minutes(house, 2);
        const outcome = await untilDoneOrDead(end(house, order.id, { ...house.ports, ...ports }));
        const stored = await house.ports.gate.order(order.id);
        // Nothing was written yet: the person is not answered, and orders it again.
        if (stored?.order.endedAt === undefined) await end(house, order.id);
        await afterwards(house);
        await expectRecovered(house, `ending, death ${fatal} ${calls.last}`);
        if (outcome === 'done') break;
      }
    },
  );
});

describe('a silence over a recovery whose process dies', () => {
  async function silenced(options: HouseOptions = {}): Promise<House> {
    const house = new House(options);
    await give(house, {}, { seconds: HOUR / 2 });
    await house.dies();
    await minutes(house, 40);
    await afterwards(house);
    return house;
  }

  it('D3, J5: at each await of a handler: it ends like one without a crash', { timeout: 120_000 }, async () => {
    let awaits = 0;
    const counting = await silenced({
      crashesAt: () => {
        awaits += 1;
        return false;
      },
    });
    await expectRecovered(counting, 'no crash');
    expect(awaits).toBeGreaterThan(50);
    for (let fatal = 1; fatal <= awaits; fatal += 1) {
      let passed = 0;
      let where = '';
      const house = await silenced({
        crashesAt: (operation, moment) => {
          passed += 1;
          if (passed === fatal) where = `crash ${fatal}, ${moment} ${operation}`;
          return passed === fatal;
        },
      });
      await nextTurn();
      await expectRecovered(house, where);
    }
  });

  it('D3, J5: a watchdog that dies at each call when it ends: what only a person can repair is told once', async () => {
    for (let fatal = 1; ; fatal += 1) {
      const house = new House();
      await give(house, {}, { seconds: 90 });
      await house.dies(CLUSTER, 'INIT_SCRIPT_FAILURE');
      await minutes(house, 1);
      await house.clock.advance(60_000);
      const { ports, calls } = doomed(house, fatal);
      const outcome = await untilDoneOrDead(watchOver({ ...house.ports, ...ports }));
      await afterwards(house);
      const where = `watchdog, death ${fatal} ${calls.last}`;
      expect((await house.incident()).incident.state, where).toBe('escalated');
      expect(new Set(house.told.map(({ message }) => message.id)).size, where).toBe(2);
      await expectWhole(house, where);
      if (outcome === 'done') break;
    }
  });

  it('J5: a message that is kept back at each await of its delivery is told once, after the silence', async () => {
    for (let fatal = 1; fatal <= 40; fatal += 1) {
      let passed = 0;
      let where = '';
      let counts = false;
      const house = new House({
        crashesAt: (operation, moment) => {
          if (!counts) return false;
          passed += 1;
          if (passed === fatal) where = `crash ${fatal}, ${moment} ${operation}`;
          return passed === fatal;
        },
      });
      await house.dies();
      await house.settle(0);
      const order = await give(house);
      counts = true;
      await minutes(house, 10);
      expect(house.told, where).toHaveLength(2);
      await end(house, order.id);
      await afterwards(house);
      await expectRecovered(house, where);
    }
  });
});
