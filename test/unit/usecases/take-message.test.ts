// The arithmetic of an outage of ours: deliveries outlast it, on Azure and on a laptop where time runs faster; and poison stays where it is.
import { describe, expect, it } from 'vitest';
import table from '../../../infra/queues.json' with { type: 'json' };
import { Broken, Unavailable } from '../../../shared/domain/errors.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { giveBack, takeMessage } from '../../../shared/usecases/take-message.ts';
import { CLUSTER, died, House, UNLISTED } from '../../builders/house.ts';

const silent = { debug: none, info: none, warn: none, error: none };

/** What all deliveries of one message wait in all, in real seconds. */
async function waitedSeconds(scale: number, deliveries = table.defaults.maxDeliveryCount): Promise<number[]> {
  const waits: number[] = [];
  const clock: Clock = {
    now: () => new Date(0),
    elapsedMilliseconds: () => 0,
    after: (seconds) => new Date((seconds * 1000) / scale),
    millisecondsOf: (seconds) => (seconds * 1000) / scale,
    sleep: async (milliseconds) => void waits.push(milliseconds / 1000),
  };
  for (let deliveryCount = 1; deliveryCount < deliveries; deliveryCount += 1) {
    const delivery = { queue: 'signals' as const, messageId: 'sig-1', sessionId: 'cluster/x', deliveryCount, body: {} };
    const outage = new Unavailable('store-unavailable', 'ordered');
    await giveBack({ clock, log: silent, random: () => 0 }, delivery, outage).catch(none);
  }
  return waits;
}

describe('an outage of ours', () => {
  it('D3: on Azure the deliveries outlast a quarter of an hour, with room for crashes, and none outlives its lock', async () => {
    const waits = await waitedSeconds(1);
    expect(sum(waits)).toBeGreaterThan(25 * 60);
    expect(Math.max(...waits)).toBeLessThanOrEqual(table.defaults.lockDurationSeconds / 2);
    expect(sum(await waitedSeconds(1, table.defaults.maxDeliveryCount - 25))).toBeGreaterThan(15 * 60);
  });

  it('D3: on a laptop they outlast a quarter of an hour of either time, and short outages are over soon', async () => {
    for (const scale of [2, 30, 500]) {
      const waits = await waitedSeconds(scale);
      expect(sum(waits), `scale ${scale}`).toBeGreaterThan(15 * 60);
      expect(Math.max(...waits), `scale ${scale}`).toBeLessThanOrEqual(30);
      expect(sum(waits.slice(0, 20)), `scale ${scale}`).toBeLessThanOrEqual((20 * 30) / scale);
    }
  });

  it('A7: a subject whose messages cannot be handled does not delay the remedy of another', async () => {
    const house = new House();
    house.workspace.put(UNLISTED);
    const { subjects } = house.ports;
    const get = subjects.get.bind(subjects);
    subjects.get = async (subject) => {
      if (subject.endsWith(UNLISTED)) throw new Unavailable('store-unavailable', 'this partition only');
      return await get(subject);
    };
    for (let copy = 0; copy < 5; copy += 1) await house.hear(died(UNLISTED));
    await house.dies();
    // A host has many sessions: the poisoned one sleeps in its own.
    const poisoned = house.ports.bus.take('signals');
    if (!poisoned) throw new Error('nothing to poison');
    const stuck = house.handle(poisoned).catch(() => poisoned.abandon());
    const healthy = house.ports.bus.take('signals');
    expect(healthy?.message.sessionId).toBe(`cluster/${CLUSTER}`);
    if (!healthy) throw new Error('the other subject is delayed');
    await house.handle(healthy);
    healthy.complete();
    expect(house.clock.sleeping, 'the poisoned one still waits').toBe(1);
    const run = house.ports.bus.take('runs');
    if (!run) throw new Error('no run started');
    await house.handle(run);
    run.complete();
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    await house.clock.advance(30_000);
    await stuck;
  });

  it('D3, D6: a bug is quarantined at once and holds up nothing; people are called, once, and may have it sent again', async () => {
    const house = new House();
    const given = { queue: 'signals' as const, messageId: 'sig-bug', sessionId: 'cluster/x' };
    const delivery = { ...given, deliveryCount: 1, body: died(CLUSTER) };
    const read = () => ({ ok: true as const, value: 1 });
    await takeMessage(house.ports, delivery, read, () => Promise.reject(new Broken('broken', 'a bug')));
    expect(await house.ports.signals.get('sig-bug')).toMatchObject({ ended: 'quarantined' });
    expect(house.clock.sleeping).toBe(0);
    await takeMessage(house.ports, delivery, read, () => Promise.reject(new Broken('broken', 'a bug')));
    await house.settle(60);
    expect((await house.incident()).incident).toMatchObject({
      subject: 'lakewarden/signals',
      state: 'escalated',
      signalCount: 1,
    });
    expect(house.told.map(({ message }) => message.kind)).toEqual(['human-needed', 'human-needed']);
    expect(house.ports.deadLetters.letters).toMatchObject([
      { state: 'given-up', message: { id: 'sig-bug', sessionId: 'cluster/x', body: delivery.body } },
    ]);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function none(): undefined {
  return undefined;
}
