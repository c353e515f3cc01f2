// A process that dies at each await of a whole recovery in turn: it always ends the same way.
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../shared/domain/incidents/timeline.ts';
import { CLUSTER, House } from '../builders/house.ts';

/** How many awaits a recovery without a crash has. */
async function countAwaits(): Promise<number> {
  let awaits = 0;
  const house = new House({
    crashesAt: () => {
      awaits += 1;
      return false;
    },
  });
  await recover(house);
  return awaits;
}

async function recover(house: House): Promise<void> {
  await house.dies();
  await house.settle(3600);
  await house.clock.advance(600_000);
  await house.watch();
  await house.settle(3600);
}

async function expectRecovered(house: House, where: string): Promise<void> {
  expect(house.ports.incidents.ids.length, `${where}: one incident (invariant 2)`).toBe(1);
  const { incident, outbox, runs } = await house.incident();
  expect(incident.state, where).toBe('resolved');
  expect(incident.signalCount, where).toBe(1);
  expect(outbox, `${where}: nothing left in the outbox`).toEqual([]);
  expect(runs[0]?.state.name, where).toBe('succeeded');
  expect(house.workspace.acts(CLUSTER).length, `${where}: acted once (invariant 3)`).toBe(1);
  const timeline = await house.ports.incidents.timeline(incident.id);
  expect(verifyChain(incident.id, timeline).intact, `${where}: the chain verifies (invariant 7)`).toBe(true);
  const told = new Set(house.told.map(({ message }) => message.id));
  expect(told.size, `${where}: people were told of everything`).toBe(4);
  const [outcome] = house.ports.signals.outcomes;
  expect(outcome?.ticketId, `${where}: the signal ended in the incident (invariant 1)`).toBe(incident.id);
  expect(house.errors, where).toEqual([]);
}

function attemptsOf(house: House, id: string): number {
  return house.ports.incidents.peek(id)?.attempts.size ?? 0;
}

describe('a crash at every await', () => {
  it('D3: ends like a recovery without one: one incident, one start, one resolution', async () => {
    const awaits = await countAwaits();
    expect(awaits).toBeGreaterThan(50);
    for (let fatal = 1; fatal <= awaits; fatal += 1) {
      let passed = 0;
      let where = '';
      const house = new House({
        crashesAt: (operation, moment) => {
          passed += 1;
          if (passed === fatal) where = `crash ${fatal}, ${moment} ${operation}`;
          return passed === fatal;
        },
      });
      await recover(house);
      await expectRecovered(house, where);
    }
  });

  it('D3: also when the process dies again and again, at every n-th await', async () => {
    for (let every = 7; every <= 60; every += 1) {
      let passed = 0;
      // A process that always dies right before its act gets nowhere: after seven attempts that is a person's.
      const attempts = (): number => Math.max(0, ...[...house.ports.incidents.ids].map((id) => attemptsOf(house, id)));
      const house: House = new House({
        crashesAt: () => {
          passed += 1;
          return passed % every === 0 && passed < 400 && attempts() < 6;
        },
      });
      await recover(house);
      await expectRecovered(house, `a crash at every ${every}th await`);
    }
  });
});
