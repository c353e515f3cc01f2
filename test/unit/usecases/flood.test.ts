// A flood about one subject: one incident, an exact count, a handful of messages, and a few store operations for each report (A7).
import { describe, expect, it } from 'vitest';
import { signalMessage } from '../../../shared/usecases/accept-signal.ts';
import { CLUSTER, died, House, UNLISTED } from '../../builders/house.ts';

const FLOOD = 300;

function countingHouse() {
  const calls: string[] = [];
  const house = new House({
    interrupt: (operation, moment) => {
      if (moment === 'before') calls.push(operation);
    },
  });
  return { house, calls };
}

describe('a flood about one cluster', () => {
  it('A7: is one incident with the exact count and few messages, also for reports that are handled after the repair', async () => {
    const { house } = countingHouse();
    await house.dies();
    for (let report = 1; report < FLOOD; report += 1) await house.hear(died(CLUSTER));
    await house.settle(3 * 3600);
    await house.clock.advance(5_000);
    for (let late = 0; late < FLOOD; late += 1) await house.hear(died(CLUSTER));
    await house.settle(3 * 3600);
    expect(house.ports.incidents.ids).toHaveLength(1);
    const { incident } = await house.incident();
    expect(incident).toMatchObject({ state: 'resolved', signalCount: 2 * FLOOD });
    expect((await house.ports.index.list({}, 1)).incidents[0]?.signalCount).toBe(2 * FLOOD);
    expect(house.told.length).toBeLessThanOrEqual(5);
    const [ofRegion, ofCluster] = [true, false].map((is) =>
      house.ports.signals.outcomes.filter(({ subject }) => subject.startsWith('region/') === is),
    );
    expect([ofRegion?.length, ofCluster?.length]).toEqual([1, 2 * FLOOD]);
    expect(incident.lastEventSeq, 'the timeline stays readable').toBeLessThan(40);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  });

  it('A7: a report that joins costs three store operations and no call to the workspace', async () => {
    const { house, calls } = countingHouse();
    await house.dies();
    for (let report = 1; report < 10; report += 1) await house.hear(died(CLUSTER));
    // The ten, and what the opening told the region.
    for (let signal = 0; signal < 11; signal += 1) await playNext(house);
    calls.splice(0);
    await house.hear(died(CLUSTER));
    calls.splice(0);
    await playNext(house);
    // The adapter writes that the source was heard at most once a minute.
    expect(calls).toEqual(['signals.get', 'sources.heard', 'incidents.commit', 'signals.recordOnce']);
  });

  it('E10, A7: late reports without a time ask the workspace once, not once each', async () => {
    const { house, calls } = countingHouse();
    await house.dies();
    await house.settle(600);
    for (let late = 0; late < 50; late += 1) await house.hear(died(CLUSTER));
    await house.clock.advance(2_000);
    calls.splice(0);
    await house.settle(600);
    expect(calls.filter((call) => call.startsWith('workspace.'))).toEqual(['workspace.cluster']);
    expect((await house.incident()).incident.signalCount).toBe(51);
  });

  it('E10, A1: so do reports about a cluster that the estate does not list', async () => {
    const { house, calls } = countingHouse();
    house.workspace.put(UNLISTED);
    await house.dies(UNLISTED);
    for (let report = 1; report < 50; report += 1) await house.hear(died(UNLISTED));
    await house.clock.advance(2_000);
    calls.splice(0);
    await house.settle(60);
    expect(calls.filter((call) => call.startsWith('workspace.'))).toHaveLength(2);
    expect((await house.incident()).incident.signalCount).toBe(50);
  });

  it('A7: a report that waited in the queue for an hour is still a copy of the failure that was repaired meanwhile', async () => {
    const house = new House();
    await house.dies();
    const late = await house.hear(died(CLUSTER));
    await playNext(house);
    house.ports.bus.take('signals')?.complete();
    await house.settle(600);
    await house.clock.advance(3600_000);
    await house.ports.bus.send([signalMessage(late)]);
    await house.settle(60);
    expect(await house.ports.signals.get(late.id)).toMatchObject({ ended: 'recorded', recoveryStatus: 'recovered' });
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await house.incident()).incident.signalCount).toBe(2);
  });

  it('A5: a look at the cluster never answers for a report that came after it', async () => {
    const house = new House();
    await house.dies();
    await house.settle(600);
    await house.hear(died(CLUSTER));
    await house.clock.advance(2_000);
    await house.settle(60);
    await house.dies();
    await house.settle(600);
    expect(house.ports.incidents.ids, 'it failed again').toHaveLength(2);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(2);
  });

  it('D3: what a process remembers of an incident is never put over what somebody else has written', async () => {
    const house = new House();
    await house.dies();
    await playNext(house);
    await house.hear(died(CLUSTER));
    const file = await house.incident();
    const other = { ...file.incident, title: 'changed by somebody else' };
    await house.ports.incidents.commit({ basis: file, incident: other, events: [], at: '2026-11-20T08:00:00.000Z' });
    await house.settle(600);
    expect((await house.incident()).incident).toMatchObject({ title: other.title, signalCount: 2, state: 'resolved' });
  });
});

/** One delivery of the queue `signals`, and nothing else. */
async function playNext(house: House): Promise<void> {
  const delivery = house.ports.bus.take('signals');
  if (!delivery) throw new Error('no signal waits');
  await house.handle(delivery);
  delivery.complete();
}
