// Maintenance windows, change freezes and silences over a whole recovery: what opens, what acts, what people hear, and when it goes on.
import { describe, expect, it } from 'vitest';
import { Broken, Refused } from '../../../shared/domain/errors.ts';
import { deliveryOrderSchema } from '../../../shared/domain/notification/delivery-order.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { approveRun } from '../../../shared/usecases/operator/approve-run.ts';
import { personMessage } from '../../../shared/usecases/person-message.ts';
import { assessRegions } from '../../../shared/usecases/regions/assess-regions.ts';
import { endOrder } from '../../../shared/usecases/standing-orders/end-order.ts';
import { giveOrder, MOST_ORDERS } from '../../../shared/usecases/standing-orders/give-order.ts';
import { showOrders } from '../../../shared/usecases/standing-orders/show-orders.ts';
import { CLUSTER, House, UNLISTED } from '../../builders/house.ts';
import { expectWhole, runOrder } from '../../builders/operators.ts';
import { ANA, aGiven, BEN, end, give, HOUR, minutes, toldTexts } from '../../builders/standing-orders.ts';

const because = { reason: 'because we say so' };

async function state(house: House): Promise<string> {
  return (await house.incident()).incident.state;
}

/** The outcome of the signal that came first. */
function outcome(house: House) {
  return house.ports.signals.outcomes[0];
}

describe('a maintenance window given by a person', () => {
  it('E3: a failure in it is recorded, with no incident, by report and by poll; after it the next one counts', async () => {
    const house = new House();
    const order = await give(house, { kind: 'maintenance-window' });
    await house.dies();
    await house.settle(60);
    await house.poll();
    await house.settle(60);
    expect(house.ports.incidents.ids).toEqual([]);
    const said = house.ports.signals.outcomes.map(({ ended, recoveryStatus }) => `${ended} ${recoveryStatus}`);
    expect(new Set(said)).toEqual(new Set(['recorded not_needed']));
    const decision = outcome(house)?.decisions.at(-1);
    expect(decision).toMatchObject({ stage: 'window', because: 'in-maintenance-window' });
    expect(JSON.stringify(decision)).toContain(order.until);
    await minutes(house, 61);
    await house.dies(CLUSTER, 'DRIVER_UNREACHABLE', { cluster_id: CLUSTER });
    await house.settle(HOUR);
    expect(await state(house)).toBe('resolved');
  });

  it('E3: acts on an incident that is open wait until its end, which is when they ask again', async () => {
    const house = new House();
    const blocker = await give(house, { kind: 'freeze' }, { seconds: 60 });
    await house.dies();
    await house.settle(1);
    await give(house, { kind: 'maintenance-window', scope: { of: 'region', region: 'eastus' } });
    await end(house, blocker.id);
    await minutes(house, 55);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    const [run] = (await house.incident()).runs;
    expect(run?.state).toMatchObject({ name: 'held' });
    expect(JSON.stringify(run?.state)).toContain('the maintenance window of ana');
    await minutes(house, 15);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    expect(await state(house)).toBe('resolved');
    expect(await house.types()).toEqual(expect.arrayContaining(['standing-order-began', 'standing-order-ended']));
  });

  it('E3: one for a failure class alone leaves the other classes as they are', async () => {
    const house = new House();
    const scope = { of: 'failure-class', failureClass: 'DatabricksDriverNotResponding' } as const;
    await give(house, { kind: 'maintenance-window', scope });
    await house.dies();
    await house.settle(60);
    expect(house.ports.incidents.ids).toEqual([]);
    house.workspace.put(UNLISTED);
    await house.dies(UNLISTED, 'INIT_SCRIPT_FAILURE');
    await house.settle(60);
    expect(house.ports.incidents.ids).toHaveLength(1);
  });
});

describe('a change freeze', () => {
  it('E3: incidents open and people are told at once; nothing acts until its end', async () => {
    const house = new House();
    const order = await give(house, { kind: 'freeze' });
    await house.dies();
    await minutes(house, 58);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    const { incident, runs } = await house.incident();
    expect(incident.state).toBe('open');
    expect(runs[0]).toMatchObject({ state: { name: 'held' }, dueAt: order.until });
    expect(toldTexts(house)[0]).toContain('a change freeze is in force');
    await minutes(house, 20);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    expect(await state(house)).toBe('resolved');
    await expectWhole(house);
  });

  it('E3: holds what a person has approved, too: it is ended by a person, on the record', async () => {
    const house = new House({
      estate: (estate) => ({ ...estate, autonomy: { ...estate.autonomy, unlisted: 'approve' } }),
    });
    house.workspace.put(UNLISTED);
    const order = await give(house, { kind: 'freeze' }, { seconds: 24 * HOUR });
    await house.dies(UNLISTED);
    await house.settle(60);
    await minutes(house, 2);
    expect(house.workspace.acts(UNLISTED)).toEqual([]);
    await end(house, order.id);
    await minutes(house, 3);
    const { runs } = await house.incident();
    expect(runs[0]?.state, 'a person decides about it now').toMatchObject({ name: 'waiting-approval' });
    await approveRun(house.ports, runOrder(house), { reason: 'go' });
    await house.settle(HOUR / 2);
    expect(house.workspace.acts(UNLISTED)).toHaveLength(1);
  });

  it('E3: ended early, what it held goes on at once', async () => {
    const house = new House();
    const order = await give(house, { kind: 'freeze' });
    await house.dies();
    await minutes(house, 5);
    await end(house, order.id);
    await house.settle(HOUR / 2);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    expect(await state(house)).toBe('resolved');
    const timeline = await house.ports.incidents.timeline((await house.incident()).incident.id);
    const ended = timeline.find(({ type }) => type === 'standing-order-ended');
    expect(ended).toMatchObject({ actor: 'operator:ben', data: { order: order.id, by: 'ana', endedBy: 'ben' } });
  });

  it('E3: of two that overlap both count: it goes on at the end of the last', async () => {
    const house = new House();
    await give(house, { kind: 'freeze' });
    const longer = await give(
      house,
      { kind: 'freeze', scope: { of: 'region', region: 'eastus' } },
      { seconds: 2 * HOUR },
    );
    await house.dies();
    await minutes(house, 115);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect((await house.incident()).runs[0]?.dueAt).toBe(longer.until);
    await minutes(house, 20);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  });

  it('E3: what is well again by itself in a long one resolves in it, so that its next failure is news again', async () => {
    const house = new House();
    await give(house, { kind: 'freeze' }, { seconds: 72 * HOUR });
    await house.dies();
    await minutes(house, 5);
    house.workspace.put(CLUSTER, { startedAt: house.clock.now().toISOString() });
    await minutes(house, 15);
    expect(await state(house)).toBe('resolved');
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    await minutes(house, 60);
    await house.dies();
    await minutes(house, 1);
    expect(house.ports.incidents.ids).toHaveLength(2);
    expect(toldTexts(house).filter((text) => text.startsWith('incident-opened'))).toHaveLength(4);
    await expectWhole(house);
  });

  it('E3: over the DR region alone does not hold the primary', async () => {
    const house = new House();
    await give(house, { kind: 'freeze', scope: { of: 'region', region: 'westus2' } });
    await house.dies();
    await house.settle(HOUR / 2);
    expect(await state(house)).toBe('resolved');
  });
});

describe('a silence', () => {
  it('J5: the incident opens suppressed: nobody is told and nothing acts; at its end it goes on as it would have begun', async () => {
    const house = new House();
    await give(house, { scope: { of: 'component', kind: 'cluster', id: CLUSTER } });
    await house.dies();
    await minutes(house, 58);
    const { incident } = await house.incident();
    expect(incident).toMatchObject({ state: 'suppressed', opening: { recoveryStatus: 'not_needed' } });
    expect(outcome(house)).toMatchObject({ ended: 'opened', recoveryStatus: 'not_needed', ticketId: incident.id });
    expect(house.told).toEqual([]);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    await minutes(house, 20);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    expect(await state(house)).toBe('resolved');
    const texts = toldTexts(house);
    expect(texts.filter((text) => text.startsWith('incident-opened'))).toHaveLength(2);
    expect(texts.filter((text) => text.startsWith('incident-resolved'))).toHaveLength(2);
    expect(texts[0]).toContain('Kept back by a silence until now');
    expect(await house.types()).toEqual(expect.arrayContaining(['suppressed', 'came-out', 'standing-order-ended']));
    await expectWhole(house);
  });

  it('J5: ended early it comes out at once, by name', async () => {
    const house = new House();
    const order = await give(house);
    await house.dies();
    await minutes(house, 5);
    expect(house.told).toEqual([]);
    await end(house, order.id);
    await house.settle(HOUR / 2);
    expect(await state(house)).toBe('resolved');
    expect(house.told).toHaveLength(4);
  });

  it('J5: well again by its end, it resolves by itself and nobody ever hears of it', async () => {
    const house = new House();
    await give(house);
    await house.dies();
    await minutes(house, 30);
    house.workspace.put(CLUSTER, { startedAt: house.clock.now().toISOString() });
    await minutes(house, 60);
    expect(await state(house)).toBe('resolved');
    expect((await house.incident()).incident.keptBack).toBeUndefined();
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect(house.told).toEqual([]);
    await expectWhole(house);
  });

  it('J5: what only a person can repair comes out to a person', async () => {
    const house = new House();
    await give(house);
    await house.dies(CLUSTER, 'INIT_SCRIPT_FAILURE');
    await minutes(house, 58);
    expect(await state(house)).toBe('suppressed');
    expect(house.told).toEqual([]);
    await minutes(house, 5);
    expect(await state(house)).toBe('escalated');
    expect(toldTexts(house)).toHaveLength(2);
    expect(toldTexts(house)[0]).toMatch(/^human-needed/);
    await minutes(house, 10);
    expect(house.told, 'once').toHaveLength(2);
    await expectWhole(house);
  });

  it('J5, E8: what needs approval asks for it at its end, and a run that is approved meanwhile acts', async () => {
    for (const approved of [false, true]) {
      const house = new House();
      house.workspace.put(UNLISTED);
      await give(house);
      await house.dies(UNLISTED);
      await minutes(house, 2);
      expect(await state(house)).toBe('suppressed');
      if (approved) await approveRun(house.ports, runOrder(house), because);
      await minutes(house, 50);
      expect(house.workspace.acts(UNLISTED)).toHaveLength(approved ? 1 : 0);
      expect(await state(house)).toBe(approved ? 'resolved' : 'suppressed');
      expect(house.told).toEqual([]);
      await minutes(house, 12);
      expect(await state(house)).toBe(approved ? 'resolved' : 'escalated');
      expect(house.told.map(({ message }) => message.decision?.run)).toEqual(approved ? [] : [1, 1]);
      await expectWhole(house);
    }
  });

  it('J5: given while an incident is open it stops its messages, not its run; people hear the newest at its end', async () => {
    const house = new House();
    await house.dies();
    await house.settle(0);
    expect(house.told).toHaveLength(2);
    const order = await give(house);
    await minutes(house, 30);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    expect(await state(house)).toBe('resolved');
    expect(house.told, 'no word of its resolution yet').toHaveLength(2);
    const types = await house.types();
    expect(types).toEqual(expect.arrayContaining(['standing-order-began', 'message-kept-back']));
    await end(house, order.id);
    await house.settle(60);
    expect(toldTexts(house).slice(2)).toEqual(
      Array(2).fill(expect.stringMatching(/^incident-resolved: Recovered and/)),
    );
    await minutes(house, 10);
    expect(house.told).toHaveLength(4);
    await expectWhole(house);
  });

  it('J5, D3: a next try that was decided by a delivery that died goes its way, also where a silence keeps the message back', async () => {
    const house = new House();
    const { bus, incidents, clock } = house.ports;
    await house.dies();
    let delivery = bus.take();
    for (; delivery && delivery.message.queue !== 'messages'; delivery = bus.take()) {
      await house.handle(delivery);
      delivery.complete();
    }
    if (!delivery) throw new Error('nobody is told');
    const { message } = deliveryOrderSchema.parse(delivery.message.body);
    const file = await house.incident();
    const next = personMessage(message, 1);
    const at = clock.now().toISOString();
    await incidents.commit({
      basis: file,
      incident: file.incident,
      events: [],
      outbox: [next],
      deliveryId: next.id,
      at,
    });
    await give(house);
    await house.handle(delivery);
    expect(await house.types()).toContain('message-kept-back');
    expect((await house.incident()).outbox.map(({ id }) => id)).not.toContain(next.id);
    expect(bus.accepted.map(({ id }) => id)).toContain(next.id);
  });

  it('J5: an incident that cannot be read keeps no other silent when the silence ends', async () => {
    const house = new House();
    house.workspace.put(UNLISTED);
    await house.dies(UNLISTED);
    await house.settle(0);
    await house.clock.advance(60_000);
    await house.dies(CLUSTER, 'INVALID_ARGUMENT');
    await house.settle(0);
    await give(house);
    await minutes(house, 30);
    const [, second] = house.ports.incidents.ids;
    const load = house.ports.incidents.load.bind(house.ports.incidents);
    const told = house.told.length;
    house.ports.incidents.load = async (id) => {
      if (id !== second) return await load(id);
      throw new Broken('broken', 'a row of a later release');
    };
    await approveRun(house.ports, runOrder(house), { reason: 'go' });
    await minutes(house, 60);
    expect(toldTexts(house).slice(told)).toEqual(
      Array(2).fill(expect.stringMatching(/^incident-resolved: Recovered and/)),
    );
    expect(house.errors.join()).toContain('a standing order could not be looked after');
  });

  it('J5: what was over before the silence began, and is told of too late, is told after it; it closes only then', async () => {
    const house = new House();
    house.channelTrouble = 'unavailable';
    await house.dies();
    await house.settle(240);
    expect(await state(house)).toBe('resolved');
    house.channelTrouble = undefined;
    const { until } = await give(house, {}, { seconds: 30 * HOUR });
    await house.settle(3 * HOUR);
    await house.clock.advance(Date.parse(until) - house.clock.now().getTime() - 60_000);
    await house.watch();
    expect(house.told).toEqual([]);
    expect(await state(house), 'not closed after a day').toBe('resolved');
    await minutes(house, 5);
    expect(house.told).toHaveLength(2);
    expect(await state(house)).toBe('closed');
  });

  it('J5: further failures join, and an order that a person gives while it is suppressed is carried out', async () => {
    const house = new House();
    await give(house);
    await house.dies();
    await house.dies();
    await minutes(house, 5);
    expect((await house.incident()).incident.signalCount).toBe(2);
    await abortRun(house.ports, runOrder(house), because);
    await minutes(house, 70);
    expect(await state(house)).toBe('escalated');
    expect(toldTexts(house)).toEqual(Array(2).fill(expect.stringContaining('Aborted by ana')));
  });

  it('J5: a second silence that overlaps keeps it suppressed until the last one ends', async () => {
    const house = new House();
    const first = await give(house);
    const second = await give(house, {}, { seconds: 2 * HOUR });
    await house.dies();
    await minutes(house, 5);
    await end(house, first.id);
    await minutes(house, 80);
    expect(await state(house)).toBe('suppressed');
    expect(house.told).toEqual([]);
    await end(house, second.id);
    await house.settle(HOUR / 2);
    expect(await state(house)).toBe('resolved');
    expect(house.told).toHaveLength(4);
  });

  it('J5: with a change freeze that lasts longer, people are told at its end, and the run waits on', async () => {
    const house = new House();
    await give(house);
    await give(house, { kind: 'freeze' }, { seconds: 2 * HOUR });
    await house.dies();
    await minutes(house, 65);
    expect(await state(house)).toBe('open');
    expect(house.told).toHaveLength(2);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    await minutes(house, 70);
    expect(await state(house)).toBe('resolved');
  });
});

describe('what no order holds', () => {
  it('J5, C5: a region that goes out under a silence, a freeze and a window over everything is told at once', async () => {
    const house = new House();
    for (const kind of ['silence', 'freeze', 'maintenance-window'] as const) await give(house, { kind });
    const now = house.clock.now();
    for (const source of ['probes', 'service-health', 'resource-health'] as const) {
      await house.ports.witnesses.put({
        region: 'eastus',
        witness: source,
        source,
        fate: source,
        says: 'outage',
        seenAt: now.toISOString(),
        validUntil: new Date(now.getTime() + 180_000).toISOString(),
        words: `${source} says outage.`,
      });
    }
    await assessRegions(house.ports);
    await house.settle(60);
    const { incident, runs } = await house.incident();
    expect(incident).toMatchObject({ subject: 'region/eastus', state: 'open' });
    expect(JSON.stringify(runs[0]?.state)).toContain('its region is out');
    expect(toldTexts(house)[0]).toContain('The region eastus is out');
    expect(await house.types()).not.toContain('suppressed');
  });
});

describe('giving and ending', () => {
  it('E3: the same key is the same order, with another one it is refused; the time that passed does not matter', async () => {
    const house = new House();
    const giving = { given: aGiven(house), operator: ANA, fingerprint: 'one', key: 'k-1' };
    const first = await giveOrder(house.ports, giving);
    await house.clock.advance(2 * HOUR * 1000);
    expect(await giveOrder(house.ports, giving)).toMatchObject({ order: { id: first.order.id }, repeated: true });
    await expect(giveOrder(house.ports, { ...giving, fingerprint: 'two' })).rejects.toMatchObject({
      code: 'key-reused',
    });
    const other = await giveOrder(house.ports, { ...giving, given: aGiven(house), operator: BEN });
    expect(other.order.id).not.toBe(first.order.id);
  });

  it('E3: of two deliveries of one order at once, one order stands', async () => {
    const house = new House();
    const giving = { given: aGiven(house), operator: ANA, fingerprint: 'one', key: 'k-1' };
    const giveBoth = Promise.all([giveOrder(house.ports, giving), giveOrder(house.ports, giving)]);
    await house.clock.advance(1_000);
    const both = await giveBoth;
    expect(new Set(both.map(({ order }) => order.id)).size).toBe(1);
    expect(both.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
    expect((await house.ports.gate.read()).orders).toHaveLength(1);
  });

  it('E3: ending is attributed; a second one is refused with who was first, the same key is answered again', async () => {
    const house = new House();
    const { id } = await give(house);
    const ending = { id, operator: BEN, reason: 'done', key: 'k-2' };
    expect((await endOrder(house.ports, ending)).order).toMatchObject({ endedBy: 'ben', endReason: 'done' });
    expect(await endOrder(house.ports, ending)).toMatchObject({ repeated: true });
    await expect(endOrder(house.ports, { id, operator: ANA })).rejects.toThrow(/ended by ben/);
    const short = await give(house, {}, { seconds: 60 });
    await house.clock.advance(61_000);
    await expect(endOrder(house.ports, { id: short.id, operator: ANA })).rejects.toThrow(/ended by itself/);
    await expect(endOrder(house.ports, { id: 'so-none', operator: ANA })).rejects.toBeInstanceOf(Refused);
  });

  it('E3: one that is to come holds nothing yet; ended before it begins, it never does', async () => {
    const house = new House();
    const at = (seconds: number) => new Date(house.clock.now().getTime() + seconds * 1000).toISOString();
    const { id } = await give(house, { kind: 'freeze', from: at(HOUR), until: at(3 * HOUR) });
    expect(await showOrders(house.ports, false)).toMatchObject([{ id, state: 'to-come' }]);
    await house.dies();
    await house.settle(HOUR / 2);
    expect(await state(house)).toBe('resolved');
    await end(house, id);
    expect(await showOrders(house.ports, false)).toEqual([]);
    expect(await showOrders(house.ports, true)).toMatchObject([{ id, state: 'ended', endedBy: 'ben' }]);
    await minutes(house, 70);
    expect(await house.types()).not.toContain('standing-order-ended');
    expect((await house.ports.gate.read()).orders[0]?.noted.settled).toBeDefined();
  });

  it('E3: more than the gate reads at once are refused', async () => {
    const house = new House();
    for (let given = 0; given < MOST_ORDERS; given += 1) await give(house);
    await expect(give(house)).rejects.toThrow(/end some first/);
  });
});
