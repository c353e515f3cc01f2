// Dead letters: on record, on an incident about ourselves, sent again a bounded number of times with growing delays, replayable by hand.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../../shared/domain/errors.ts';
import type { TicketId } from '../../../shared/domain/ids.ts';
import type { BusMessage } from '../../../shared/ports/bus.ts';
import { deadLetterId, REDRIVE_AFTER_SECONDS } from '../../../shared/usecases/dead-letters/letter.ts';
import { keepDeadLetter } from '../../../shared/usecases/keep-dead-letter.ts';
import { redriveDeadLetters } from '../../../shared/usecases/redrive-dead-letters.ts';
import { replayDeadLetter } from '../../../shared/usecases/replay-dead-letter.ts';
import { refusalOf } from '../../builders/failures.ts';
import { CLUSTER, House } from '../../builders/house.ts';

/** A house whose signals can be made to fail for ever, as by an outage of the store. */
class DeadLetterHouse extends House {
  #arrivals = 0;
  #isDown = false;

  constructor(options: ConstructorParameters<typeof House>[0] = {}) {
    super(options);
    const { subjects } = this.ports;
    const get = subjects.get.bind(subjects);
    subjects.get = async (subject) => {
      if (this.#isDown && subject.startsWith('cluster/')) throw new Unavailable('store-unavailable', 'ordered');
      return await get(subject);
    };
  }

  down(): void {
    this.#isDown = true;
  }

  up(): void {
    this.#isDown = false;
  }

  /** Plays the doors of the dead-letter queues. */
  async keepAll(): Promise<void> {
    for (const message of this.ports.bus.deadLetters.splice(0)) await this.keep(message);
  }

  async keep(message: BusMessage, arrival = this.#nextArrival()) {
    return await keepDeadLetter(this.ports, { message, arrival, because: 'MaxDeliveryCountExceeded' });
  }

  /** Retries after a conflict sleep. */
  async whileTimePasses(work: Promise<unknown>): Promise<void> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    while (!over) {
      await nextTurn();
      if (!over && this.clock.nextWake) await this.clock.advance(20);
    }
    await done;
  }

  #nextArrival(): string {
    this.#arrivals += 1;
    return `n${this.#arrivals}`;
  }

  redrive() {
    return redriveDeadLetters(this.ports);
  }

  letter(message: Pick<BusMessage, 'queue' | 'id'>) {
    return this.ports.deadLetters.letters.find(({ id }) => id === deadLetterId(message));
  }

  async own(queue: BusMessage['queue'] = 'signals') {
    const pointer = await this.ports.subjects.get(`lakewarden/${queue}`);
    return pointer && (await this.file(pointer.incidentId)).incident;
  }
}

/** A signal that has been given up by the broker. */
async function aDeadSignal(house: DeadLetterHouse) {
  house.down();
  const signal = await house.dies();
  await house.settle(3 * 3600);
  expect(house.ports.bus.deadLetters.map(({ id }) => id)).toEqual([signal.id]);
  return signal;
}

describe('a dead letter', () => {
  it('D6: is on record and on an incident about ourselves, and people are told', async () => {
    const house = new DeadLetterHouse();
    const signal = await aDeadSignal(house);
    await house.keepAll();
    expect(house.letter({ queue: 'signals', id: signal.id })).toMatchObject({
      state: 'waiting',
      redrives: 0,
      because: 'MaxDeliveryCountExceeded',
      message: { sessionId: `cluster/${CLUSTER}`, body: signal },
    });
    const own = await house.own();
    expect(own).toMatchObject({
      state: 'open',
      failureClass: 'LakewardenDeadLetter',
      component: { kind: 'lakewarden', id: 'signals', workspace: null },
      signalCount: 1,
    });
    await house.settle(60);
    expect(house.told.map(({ message }) => message.kind)).toEqual(['incident-opened', 'incident-opened']);
    expect(await house.types(own?.id)).toContain('dead-letter-kept');
  });

  it('D3: once we are healthy it is sent again, handled, and the incident about ourselves is resolved', async () => {
    const house = new DeadLetterHouse();
    const signal = await aDeadSignal(house);
    await house.keepAll();
    expect(await house.redrive(), 'not due yet').toMatchObject({ due: 0 });
    await house.clock.advance(61_000);
    house.ports.bus.down();
    expect(await house.redrive()).toEqual({ due: 1, sent: 0, healthy: false });
    house.ports.bus.up();
    house.up();
    expect(await house.redrive()).toEqual({ due: 1, sent: 1, healthy: true });
    expect(house.letter({ queue: 'signals', id: signal.id })).toMatchObject({ state: 'redriven', redrives: 1 });
    await house.settle(600);
    expect(await house.ports.signals.get(signal.id)).toMatchObject({ ended: 'opened' });
    expect(house.letter({ queue: 'signals', id: signal.id })).toMatchObject({ state: 'handled' });
    expect(await house.own()).toMatchObject({ state: 'resolved' });
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    await house.clock.advance(25 * 3600_000);
    await house.watch();
    expect(await house.own()).toMatchObject({ state: 'closed' });
  });

  it('D3: an arrival that is delivered twice is one, before and after it was sent again', async () => {
    const house = new DeadLetterHouse();
    const signal = await aDeadSignal(house);
    const [message] = house.ports.bus.deadLetters;
    if (!message) throw new Error('no dead letter');
    await house.keep(message, 'n7');
    await house.keep(message, 'n7');
    expect(await house.own()).toMatchObject({ signalCount: 1 });
    await house.clock.advance(61_000);
    await house.redrive();
    await house.keep(message, 'n7');
    expect(house.letter({ queue: 'signals', id: signal.id })).toMatchObject({ state: 'redriven', redrives: 1 });
  });

  it('D6: what keeps coming back is sent again with growing delays, a bounded number of times, then it is for a person', async () => {
    const house = new DeadLetterHouse();
    const signal = await aDeadSignal(house);
    const pauses: number[] = [];
    for (let round = 0; house.letter({ queue: 'signals', id: signal.id })?.state !== 'given-up'; round += 1) {
      expect(round).toBeLessThan(20);
      await house.keepAll();
      const { dueAt, lastAt } = house.letter({ queue: 'signals', id: signal.id }) ?? {};
      if (!dueAt || !lastAt) continue;
      pauses.push(Math.round((Date.parse(dueAt) - Date.parse(lastAt)) / 1000));
      await house.clock.advance(Date.parse(dueAt) - house.clock.now().getTime());
      expect(await house.redrive()).toMatchObject({ sent: 1 });
      await house.settle(3 * 3600);
    }
    expect(pauses).toEqual([...REDRIVE_AFTER_SECONDS]);
    expect(await house.own()).toMatchObject({ state: 'escalated', signalCount: pauses.length + 1 });
    expect(await house.ports.signals.get(signal.id)).toMatchObject({
      ended: 'quarantined',
      ticketId: (await house.own())?.id,
    });
    await house.clock.advance(7 * 24 * 3600_000);
    expect(await house.redrive(), 'never again by itself').toMatchObject({ due: 0 });
    await house.settle(3600);
    const kinds = house.told.map(({ message }) => message.kind);
    expect(kinds.filter((kind) => kind === 'human-needed')).toHaveLength(2);
    expect(kinds).toHaveLength(4);
  });

  it('D6: a person replays what was given up, with a reason; handled, it resolves the incident', async () => {
    const house = new DeadLetterHouse();
    const signal = await aDeadSignal(house);
    const id = deadLetterId({ queue: 'signals', id: signal.id });
    await givenUp(house, id);
    house.up();
    const replayed = await replayDeadLetter(house.ports, { id, by: 'ada', reason: 'the store is back' });
    expect(replayed).toMatchObject({
      state: 'redriven',
      replays: 1,
      replayedBy: 'ada',
      redrives: REDRIVE_AFTER_SECONDS.length,
    });
    const own = await house.own();
    const timeline = await house.ports.incidents.timeline(own?.id as TicketId);
    expect(timeline.find(({ type }) => type === 'dead-letter-replayed')).toMatchObject({
      actor: 'ada',
      text: expect.stringContaining('the store is back'),
    });
    expect(await replayDeadLetter(house.ports, { id, by: 'bob', reason: 'is it stuck?' })).toMatchObject({
      replays: 2,
    });
    await house.settle(600);
    expect(await house.ports.signals.get(signal.id), 'the quarantine is not the last word').toMatchObject({
      ended: 'opened',
    });
    expect(await house.own()).toMatchObject({ state: 'resolved' });
    expect(await refusalOf(replayDeadLetter(house.ports, { id, by: 'ada', reason: 'again' }))).toMatchObject({
      code: 'illegal-transition',
    });
    expect(await refusalOf(replayDeadLetter(house.ports, { id: 'dl-none', by: 'ada', reason: 'x' }))).toMatchObject({
      code: 'not-found',
    });
  });

  it('D6: replayed in vain, it is given up again, however quickly that comes', async () => {
    const message: BusMessage = { id: 'sig-nonsense', queue: 'signals', sessionId: 'cluster/x', body: { nonsense: 1 } };
    const house = new DeadLetterHouse();
    const { bus } = house.ports;
    await house.keep(message);
    await house.clock.advance(61_000);
    await house.redrive();
    await house.settle(60);
    // It is handled before the sender hears that it was sent.
    const send = bus.send.bind(bus);
    bus.send = async (messages) => {
      await send(messages);
      const delivery = messages.some(({ id }) => id === message.id) ? bus.take('signals') : undefined;
      if (!delivery) return;
      await house.handle(delivery);
      delivery.complete();
    };
    await replayDeadLetter(house.ports, { id: deadLetterId(message), by: 'ada', reason: 'try it' });
    expect(house.letter(message)).toMatchObject({ state: 'given-up', replays: 1 });
  });

  it('D6: one that can never be read is given up at once when it was sent again', async () => {
    const house = new DeadLetterHouse();
    const message: BusMessage = { id: 'sig-nonsense', queue: 'signals', sessionId: 'cluster/x', body: { nonsense: 1 } };
    await house.keep(message);
    await house.clock.advance(61_000);
    await house.redrive();
    await house.settle(60);
    expect(house.letter(message)).toMatchObject({
      state: 'given-up',
      because: expect.stringContaining('cannot be read'),
    });
    expect(await house.own()).toMatchObject({ state: 'escalated' });
    expect(await house.ports.signals.get('sig-nonsense')).toMatchObject({ ended: 'quarantined' });
  });

  it('D6: as long as one of the queue is left, its incident stays open; other queues have their own', async () => {
    const house = new DeadLetterHouse();
    const one = await aDeadSignal(house);
    await house.keepAll();
    await house.keep({ id: 'msg-1', queue: 'messages', sessionId: 'to/x', body: {} });
    await house.keep({ id: 'sig-other', queue: 'signals', sessionId: 'cluster/y', body: {} });
    const before = await house.own('signals');
    house.up();
    await house.clock.advance(61_000);
    await house.redrive();
    await house.settle(600);
    expect(house.letter({ queue: 'signals', id: one.id })?.state).toBe('handled');
    expect(house.letter({ queue: 'signals', id: 'sig-other' })?.state).toBe('given-up');
    expect(await house.own('signals'), 'the same incident all along').toMatchObject({
      id: before?.id,
      state: 'escalated',
    });
    expect((await house.own('messages'))?.id).not.toBe((await house.own('signals'))?.id);
  });

  it('D3: many at once join one incident, each counted', async () => {
    const house = new DeadLetterHouse();
    const messages = Array.from({ length: 20 }, (_, at) => ({
      id: `sig-${at}`,
      queue: 'signals' as const,
      sessionId: `c/${at}`,
      body: {},
    }));
    await house.whileTimePasses(Promise.all(messages.map((message) => house.keep(message))));
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect(await house.own()).toMatchObject({ signalCount: 20 });
  });
});

/** The same at once, without the eighty deliveries. */
async function aBuriedSignal(house: DeadLetterHouse): Promise<void> {
  await house.dies();
  const delivery = house.ports.bus.take('signals');
  if (!delivery) throw new Error('no signal');
  delivery.complete();
  house.ports.bus.deadLetters.push(delivery.message);
}

/** Keeps it, sends it again, has it handled; `again` repeats what a crash has interrupted, as host and broker do. */
async function lookAfter(
  house: DeadLetterHouse,
  again: (work: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const [message] = house.ports.bus.deadLetters;
  if (!message) throw new Error('no dead letter');
  await again(() => house.keep(message, 'n1'));
  house.up();
  await house.clock.advance(61_000);
  await again(() => house.redrive());
}

async function expectHandled(house: DeadLetterHouse, where: string): Promise<void> {
  expect(
    house.ports.deadLetters.letters.map(({ state }) => state),
    where,
  ).toEqual(['handled']);
  const own = await house.own();
  expect(own, where).toMatchObject({ state: 'resolved', signalCount: 1 });
  const types = await house.types(own?.id);
  expect(
    types.filter((type) => type === 'dead-letter-kept'),
    where,
  ).toHaveLength(1);
  expect(house.ports.incidents.ids, `${where}: the cluster's incident and ours`).toHaveLength(2);
  expect(house.workspace.acts(CLUSTER), where).toHaveLength(1);
  for (const id of house.ports.incidents.ids) expect((await house.file(id)).outbox, where).toEqual([]);
}

describe('a crash while looking after a dead letter', () => {
  it('D3: while it is kept or sent again, at any await: loses nothing and tells nothing twice', async () => {
    for (let fatal = 1, passed = Number.POSITIVE_INFINITY; fatal <= passed; fatal += 1) {
      passed = 0;
      let where = '';
      let isArmed = false;
      const house = new DeadLetterHouse({
        interrupt: (operation, moment) => {
          if (isArmed) passed += 1;
          if (!isArmed || passed !== fatal) return;
          where = `crash ${fatal}, ${moment} ${operation}`;
          throw new Error('crash');
        },
      });
      await aBuriedSignal(house);
      await lookAfter(house, async (work) => {
        isArmed = true;
        await work().catch(work);
        isArmed = false;
      });
      await house.settle(600);
      await expectHandled(house, where);
      if (fatal === 1) expect(passed).toBeGreaterThan(20);
    }
  });

  it('D3: while it is handled and settled, at any await: the same', async () => {
    for (let fatal = 1, passed = Number.POSITIVE_INFINITY; fatal <= passed; fatal += 1) {
      passed = 0;
      let where = '';
      let isArmed = false;
      const house = new DeadLetterHouse({
        crashesAt: (operation, moment) => {
          if (isArmed) passed += 1;
          if (passed === fatal) where = `crash ${fatal}, ${moment} ${operation}`;
          return isArmed && passed === fatal;
        },
      });
      await aBuriedSignal(house);
      await lookAfter(house, async (work) => {
        await work();
      });
      isArmed = true;
      await house.settle(3600);
      await house.clock.advance(600_000);
      await house.watch();
      await house.settle(3600);
      await expectHandled(house, where);
    }
  });
});

async function givenUp(house: DeadLetterHouse, id: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await house.keepAll();
    const letter = house.ports.deadLetters.letters.find((one) => one.id === id);
    if (letter?.state === 'given-up') return;
    await house.clock.advance(Date.parse(letter?.dueAt ?? '') - house.clock.now().getTime());
    await house.redrive();
    await house.settle(3 * 3600);
  }
  throw new Error('it was never given up');
}
