// The projections, rebuilt from the partitions after a day's work: the same rows as the use cases had written, also when they had crashed.
import { describe, expect, it } from 'vitest';
import type { IncidentIndex } from '../../../shared/ports/incident-store.ts';
import type { SignalStore } from '../../../shared/ports/signal-store.ts';
import { rebuildProjections } from '../../../shared/usecases/rebuild-projections.ts';
import { CLUSTER, died, House, UNLISTED } from '../../builders/house.ts';
import { MemoryIncidentIndex } from '../../builders/memory-incident-index.ts';
import { MemorySignalStore } from '../../builders/memory-signal-store.ts';

/** Opened, joined, late, a second failure, one for a person; an hour each. */
async function aDay(house: House): Promise<void> {
  const terminated_time = house.clock.now().getTime();
  house.workspace.put(UNLISTED);
  await house.dies(CLUSTER, 'DRIVER_UNREACHABLE', { terminated_time });
  for (let more = 0; more < 6; more += 1) await house.hear(died(CLUSTER));
  await house.settle(3600);
  await house.hear(died(CLUSTER, 'DRIVER_UNREACHABLE', { terminated_time }));
  await house.settle(3600);
  await house.clock.advance(3600_000);
  await house.dies(CLUSTER, 'SPARK_STARTUP_FAILURE');
  await house.dies(UNLISTED, 'SOMETHING_NEW');
  await house.settle(3600);
  await house.clock.advance(24 * 3600_000);
  await house.watch();
}

async function seen(house: House, index: IncidentIndex, signals: SignalStore) {
  const live = [];
  for await (const each of index.live()) live.push(each);
  const withIncident = house.ports.signals.outcomes.filter(({ ticketId }) => ticketId !== null);
  const outcomes = await Promise.all(withIncident.map(({ signalId }) => signals.get(signalId)));
  return { list: await index.list({}, 100), live: live.sort((a, b) => (a.id < b.id ? -1 : 1)), outcomes };
}

async function expectRebuilt(house: House, where = ''): Promise<void> {
  const before = await seen(house, house.ports.index, house.ports.signals);
  const fresh = { index: new MemoryIncidentIndex(), signals: new MemorySignalStore() };
  await rebuildProjections({ incidents: house.ports.incidents, ...fresh });
  expect(await seen(house, fresh.index, fresh.signals), where).toEqual(before);
}

describe('rebuilding the projections', () => {
  it('D3: after a day of all sorts of signals: list, live rows and outcomes are what they were', async () => {
    const house = new House();
    await aDay(house);
    const ended = house.ports.signals.outcomes.map((outcome) => outcome.ended);
    expect(ended.toSorted()).toEqual([
      'joined',
      'joined',
      'joined',
      'joined',
      'joined',
      'joined',
      'opened',
      'opened',
      'opened',
      'opened',
      'recorded',
      // What the first opening told the region.
      'recorded',
    ]);
    await expectRebuilt(house);
  });

  it('A5, D3: a process that dies at every n-th await leaves outcomes that can be rebuilt, each with what its first delivery came to', async () => {
    for (let every = 5; every <= 40; every += 5) {
      let passed = 0;
      const house = new House({
        crashesAt: () => {
          passed += 1;
          return passed % every === 0 && passed < 300;
        },
      });
      await aDay(house);
      expect(
        house.ports.signals.outcomes.filter(({ ended }) => ended === 'opened'),
        `every ${every}`,
      ).toHaveLength(4);
      await expectRebuilt(house, `every ${every}`);
    }
  });
});
