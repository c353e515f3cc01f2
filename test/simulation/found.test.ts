// What the simulation has found, each as the shortest story that shows it: seeds lead elsewhere with the next change, these do not.
import { describe, expect, it } from 'vitest';
import { Conflict, Unavailable } from '../../shared/domain/errors.ts';
import { advanceOrderSchema } from '../../shared/domain/runbooks/advance-order.ts';
import type { Bus } from '../../shared/ports/bus.ts';
import { advanceRun } from '../../shared/usecases/advance-run.ts';
import type { HandOverPorts } from '../../shared/usecases/hand-over.ts';
import { handleSignal } from '../../shared/usecases/handle-signal.ts';
import { resolveIncident } from '../../shared/usecases/operator/resolve-incident.ts';
import { splitIncident } from '../../shared/usecases/operator/split-incident.ts';
import { advanceMessage } from '../../shared/usecases/run-message.ts';
import { RecentIncidents } from '../../shared/usecases/signal/recent-incidents.ts';
import { CLUSTER, died, House } from '../builders/house.ts';
import type { Moment } from '../builders/interruptions.ts';
import { MemoryIncidentIndex } from '../builders/memory-incident-index.ts';
import { order, untilDoneOrDead } from '../builders/operators.ts';
import type { TrueAutonomy } from './gate-truth.ts';
import { estateFor } from './scenario.ts';

const HOUR_MS = 3_600_000;
/** Whoever sends with it has died before the broker had anything. */
const deadEnd: Bus = {
  send: () => new Promise(() => undefined),
  ping: async () => undefined,
  close: async () => undefined,
};
const deadIndex = new MemoryIncidentIndex(() => new Promise(() => undefined));

function houseWith(autonomy: TrueAutonomy): House {
  return new House({ estate: estateFor({ clusters: [CLUSTER], autonomy: new Map([[CLUSTER, autonomy]]) }) });
}

/** A house in which something happens at one await, once. */
function houseInWhich(operation: string, moment: Moment, happens: (house: House) => Promise<unknown>): House {
  let isWaitedFor = true;
  const house: House = new House({
    interrupt: async (...at) => {
      if (!isWaitedFor || at[0] !== operation || at[1] !== moment) return;
      isWaitedFor = false;
      await happens(house);
    },
  });
  return house;
}

/** The worker that resolves the incident dies before it sends anything, and the broker loses the message that would bring another one. */
async function resolvedByWorkerWhoDies(house: House, dead: Partial<HandOverPorts>): Promise<void> {
  for (;;) {
    await house.settle(1);
    const message = house.ports.bus.waiting.find(({ queue }) => queue === 'runs');
    if (!message) return;
    await house.clock.advance(15_000);
    const delivery = house.ports.bus.take('runs');
    if (!delivery) continue;
    const order = advanceOrderSchema.parse(delivery.message.body);
    await untilDoneOrDead(advanceRun({ ...house.ports, ...dead }, order));
    if ((await house.incident()).incident.state === 'resolved') return delivery.complete();
    delivery.abandon();
  }
}

function orderOfWaitingRun(house: House) {
  const message = house.ports.bus.waiting.find(({ queue }) => queue === 'runs');
  return advanceOrderSchema.parse(message?.body);
}

describe('what the simulation found', () => {
  it('D3: a worker that was held up between the intent and the act does not act any more', async () => {
    const house = houseInWhich('incidents.commit', 'after', async ({ clock }) => clock.jump(100_000));
    // Nothing else is committed before: people are told of the opening later.
    house.channelTrouble = 'unavailable';
    await house.dies();
    await house.settle(1800);
    const { attempts, incident } = await house.incident();
    expect(attempts).toMatchObject([{ outcome: 'did-not-happen' }, { outcome: 'acted' }]);
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    expect(incident.state).toBe('resolved');
  });

  it('D3: whoever finds that a dead worker has advanced the run hands over what that one decided', async () => {
    const house = houseInWhich('workspace.cluster', 'before', async (here) => {
      await untilDoneOrDead(advanceRun({ ...here.ports, bus: deadEnd }, orderOfWaitingRun(here)));
    });
    await house.dies();
    await house.settle(1800);
    const { outbox, incident } = await house.incident();
    expect(outbox).toEqual([]);
    expect(incident.state).toBe('resolved');
  });

  it('D3: an opening that was not handed over is, also when a person has resolved it meanwhile', async () => {
    let isDown = true;
    const house: House = new House({
      interrupt: (operation) => {
        const isOpen = house?.ports.incidents.ids.length > 0;
        if (isDown && isOpen && operation === 'bus.send') throw new Unavailable('bus-unavailable', 'ordered');
      },
    });
    const { id } = await house.dies();
    const delivery = house.ports.bus.take('signals');
    if (!delivery) throw new Error('no signal');
    const failure = house.handle(delivery).catch((error: unknown) => error);
    await untilDoneOrDead(failure);
    await house.clock.advance(30_000);
    expect(await failure).toBeInstanceOf(Unavailable);
    delivery.abandon();
    isDown = false;
    await resolveIncident(house.ports, order(house), { reason: 'seen to' });
    await house.settle(600);
    expect((await house.incident()).outbox).toEqual([]);
    expect(await house.ports.signals.get(id)).toMatchObject({ ended: 'opened' });
  });

  it('A5: a signal that opened an incident in a process that died is not counted on the one before it', async () => {
    const house = new House();
    await house.dies();
    await house.settle(600);
    await house.hear(died(CLUSTER));
    await house.settle(60);
    await house.clock.advance(120_000);
    const signal = await house.dies();
    const other = { ...house.ports, recent: new RecentIncidents(), bus: deadEnd };
    await untilDoneOrDead(handleSignal(other, signal));
    house.workspace.put(CLUSTER);
    await house.settle(600);
    const [first, second] = house.ports.incidents.ids;
    expect(await house.ports.signals.get(signal.id)).toMatchObject({ ended: 'opened', ticketId: second });
    expect((await house.file(first)).incident.signalCount).toBe(2);
  });

  it('A5: a worker that was held up does not count a signal again that another one has finished meanwhile', async () => {
    const house = houseInWhich('signals.get', 'after', async (here) => {
      await here.settle(600);
      await here.clock.advance(120_000);
      await here.dies();
      await here.settle(5);
    });
    const signal = await house.dies();
    await expect(handleSignal(house.ports, signal)).rejects.toBeInstanceOf(Conflict);
    const outcome = await handleSignal(house.ports, signal);
    const [first, second] = house.ports.incidents.ids;
    expect(outcome).toMatchObject({ ended: 'opened', ticketId: first });
    expect((await house.file(second)).incident.signalCount).toBe(1);
  });

  it('A5: also not when the clock was set back while it was held up', async () => {
    const house = houseInWhich('signals.get', 'after', async (here) => {
      await here.settle(600);
      await here.clock.advance(120_000);
      await here.dies();
      await here.settle(5);
      here.clock.jump(-HOUR_MS);
    });
    const signal = await house.dies();
    await expect(handleSignal(house.ports, signal)).rejects.toBeInstanceOf(Conflict);
    const [first, second] = house.ports.incidents.ids;
    expect(await house.ports.signals.get(signal.id)).toMatchObject({ ended: 'opened', ticketId: first });
    expect((await house.file(second)).incident.signalCount).toBe(1);
  });

  it('C9: a worker that was held up after its commit does not undo a split', async () => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    const house = new House({
      interrupt: async (operation, moment) => {
        if (operation !== 'incidents.commit' || moment !== 'after') return;
        const happens = meanwhile;
        meanwhile = undefined;
        await happens?.();
      },
    });
    await house.dies();
    await house.settle(5);
    const { ports } = house;
    const joined = await house.hear(died(CLUSTER));
    meanwhile = async () => {
      await handleSignal(ports, joined);
      await splitIncident(ports, order(house), { signalId: joined.id, reason: 'another failure' });
    };
    const outcome = await handleSignal(ports, joined);
    const [, splitOff] = ports.incidents.ids;
    expect(outcome).toMatchObject({ ended: 'opened', ticketId: splitOff });
    expect(await ports.signals.get(joined.id)).toEqual(outcome);
  });

  it.each([
    { at: 'while it sends', dead: { bus: deadEnd } },
    { at: 'right after its commit', dead: { bus: deadEnd, index: deadIndex } },
  ])('D3: what a worker that died $at left to the watchdog stays due until the broker has it', async ({ dead }) => {
    const house = new House();
    await house.dies();
    await resolvedByWorkerWhoDies(house, dead);
    const [id] = house.ports.incidents.ids;
    expect((await house.file(id)).incident.state).toBe('resolved');
    await house.clock.advance(180_000);
    house.ports.bus.down();
    await expect(house.watch()).rejects.toBeInstanceOf(Unavailable);
    house.ports.bus.up();
    await house.watch();
    await house.settle(60);
    expect((await house.file(id)).outbox).toEqual([]);
    expect(house.told.at(-1)?.message.kind).toBe('incident-resolved');
  });

  it('E3, G7: a run that was planned under the stop switch for a component in shadow is a person’s, and not held for ever', async () => {
    const house = houseWith('shadow');
    await house.ports.gate.setStop({ by: 'ana', reason: 'drill', since: house.clock.now().toISOString() });
    await house.dies();
    await house.settle(60);
    await house.ports.gate.setStop(undefined);
    await house.settle(1200);
    const { runs } = await house.incident();
    expect(runs[0]?.state).toMatchObject({ name: 'paused', because: expect.stringContaining('in shadow') });
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect(house.told.at(-1)?.message.kind).toBe('human-needed');
  });

  it('E8, G7: the time in which a run waited for its approval does not count against its deadline', async () => {
    const house = houseWith('approve');
    await house.dies();
    await house.settle(60);
    await house.clock.advance(3 * HOUR_MS);
    const file = await house.incident();
    const [run] = file.runs;
    if (run?.state.name !== 'waiting-approval') throw new Error(`the run is ${run?.state.name}`);
    const at = house.clock.now().toISOString();
    const expiresAt = house.clock.after(3600).toISOString();
    const approved = {
      ...run,
      approval: { decision: 'approved', by: 'ana', reason: 'go', at, expiresAt },
      revision: run.revision + 1,
      dueAt: at,
    } as const;
    const { incident } = file;
    const outbox = [advanceMessage(incident.id, approved)];
    await house.ports.incidents.commit({ basis: file, incident, runs: [approved], events: [], outbox, at });
    await house.ports.bus.send(outbox);
    await house.settle(1200);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E10: a message that is ahead of our clock waits, and does not come round as fast as it is answered', async () => {
    const house = new House();
    await house.dies();
    await house.settle(5);
    const calls = house.workspace.calls.length;
    const { dueAt } = (await house.incident()).runs[0] ?? {};
    expect(Date.parse(dueAt ?? '')).toBeGreaterThan(house.clock.now().getTime());
    const advance = advanceRun(house.ports, orderOfWaitingRun(house));
    expect(await untilDoneOrDead(advance)).toBe('dead');
    expect(house.workspace.calls).toHaveLength(calls);
    await house.clock.advance(15_000);
    await expect(advance).resolves.toMatchObject({ advanced: true });
  });
});
