// What every Bus must do, by the words of its port: run on the in-memory twin and on the real client against the laptop cloud's broker.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Broken, InvalidInput, Unavailable } from '../../shared/domain/errors.ts';
import type { Bus, BusMessage, QueueName } from '../../shared/ports/bus.ts';

/** A bus with its other side. */
export interface BusRig {
  readonly bus: Bus;
  now(): Date;
  /** Takes and completes `count` messages of a session in the order of delivery, waiting until they are due. */
  receive(queue: QueueName, sessionId: string, count: number): Promise<readonly Received[]>;
  /** How many messages a queue holds that nobody has taken, due or not. */
  waiting(queue: QueueName): number;
  down(): Promise<void> | void;
  up(): Promise<void> | void;
  close(): Promise<void>;
}

export interface Received {
  readonly id: string;
  readonly sessionId: string;
  readonly body: unknown;
  readonly correlationId: string | undefined;
  readonly at: Date;
}

/** The limit of a Standard namespace: 256 KB with properties. */
const TOO_LARGE_CHARACTERS = 260 * 1024;

export function busContract(name: string, make: () => Promise<BusRig>): void {
  describe(`Bus: ${name}`, () => {
    let rig: BusRig;
    beforeEach(async () => {
      rig = await make();
    });
    afterEach(() => rig.close());

    test('A4: what was sent arrives as it was, with its ids', async () => {
      const body = { text: 'é 𝄞 "x"', list: [1, null, { deep: true }], messageId: 'not an id' };
      await rig.bus.send([aMessage({ id: 'message-1', body, correlationId: '4711' })]);
      const [received] = await rig.receive('signals', 'cluster/a', 1);
      expect(received).toMatchObject({ id: 'message-1', sessionId: 'cluster/a', body, correlationId: '4711' });
      expect(rig.waiting('signals')).toBe(0);
    });

    test('A4: sending nothing is fine', async () => {
      await rig.bus.send([]);
    });

    test('A7: order is kept within a session, in one send and over sends, whatever goes to other sessions and queues', async () => {
      const sent = numbered(60).flatMap(({ id, body }) => [
        aMessage({ id: `a-${id}`, body }),
        aMessage({ id: `b-${id}`, body, sessionId: 'cluster/b' }),
        aMessage({ id: `r-${id}`, body, queue: 'runs' }),
      ]);
      await rig.bus.send(sent.slice(0, 100));
      await rig.bus.send(sent.slice(100));
      const wanted = numbered(60).map(({ body }) => body);
      for (const [queue, session] of sessions) {
        const received = await rig.receive(queue, session, 60);
        expect(received.map((message) => message.body)).toEqual(wanted);
      }
    });

    test('D3: nobody gets a message before it is due, and nobody has to wait for one that is overdue', async () => {
      const due = new Date(rig.now().getTime() + 400);
      const overdue = new Date(rig.now().getTime() - 60_000).toISOString();
      const session = 'cluster/later';
      await rig.bus.send([
        aMessage({ id: 'later', dueAt: due.toISOString(), sessionId: session }),
        aMessage({ id: 'overdue', dueAt: overdue, sessionId: session }),
        aMessage({ id: 'now', sessionId: session }),
      ]);
      const received = await rig.receive('signals', session, 3);
      expect(received.map((message) => message.id)).toEqual(['overdue', 'now', 'later']);
      // A broker may be a few milliseconds early by the sender's clock.
      expect(received[2]?.at.getTime()).toBeGreaterThanOrEqual(due.getTime() - 20);
    });

    test('A8: a message that the bus will never take is refused as input, and what comes after it is taken', async () => {
      const tooLarge = aMessage({ id: 'too-large', body: 'x'.repeat(TOO_LARGE_CHARACTERS) });
      await expect(rig.bus.send([tooLarge])).rejects.toBeInstanceOf(InvalidInput);
      await expect(rig.bus.send([aMessage({ sessionId: 'cluster/c' }), tooLarge])).rejects.toMatchObject({
        code: 'body-too-large',
      });
      await rig.bus.send([aMessage({ id: 'small', sessionId: 'cluster/d' })]);
      expect(await rig.receive('signals', 'cluster/d', 1)).toHaveLength(1);
    });

    test('A8: messages that are too large for one batch go in several', async () => {
      const sent = numbered(8).map(({ id, body }) => aMessage({ id, body: { ...body, text: 'x'.repeat(100_000) } }));
      await rig.bus.send(sent);
      const received = await rig.receive('signals', 'cluster/a', 8);
      expect(received.map((message) => message.id)).toEqual(sent.map((message) => message.id));
    });

    test('A7, E10: three thousand messages in one send, each of a session of its own and for later, are all taken', async () => {
      const dueAt = new Date(rig.now().getTime() + 3_600_000).toISOString();
      await rig.bus.send(
        numbered(3_000).map(({ id }) => aMessage({ id, dueAt, queue: 'runs', sessionId: `run/${id}` })),
      );
      expect(rig.waiting('runs')).toBe(3_000);
    });

    test('A5: ids that the functions worker would turn into something else are refused as a bug', async () => {
      for (const id of ['4711', 'true', 'null', '"x"', '1e5', '{}', '']) {
        await expect(rig.bus.send([aMessage({ id })]), id).rejects.toBeInstanceOf(Broken);
        await expect(rig.bus.send([aMessage({ sessionId: id })]), id).rejects.toBeInstanceOf(Broken);
      }
      expect(rig.waiting('signals')).toBe(0);
    });

    test('A7: a session id longer than the bus takes is still one session of its own', async () => {
      const long = `cluster/${'x'.repeat(300)}`;
      const ids = ['one', 'two'];
      await rig.bus.send(ids.map((id) => aMessage({ id, sessionId: long })));
      await rig.bus.send([aMessage({ id: 'other', sessionId: `${long}y` })]);
      expect((await rig.receive('signals', long, 2)).map((message) => message.id)).toEqual(ids);
      expect((await rig.receive('signals', `${long}y`, 1)).map((message) => message.id)).toEqual(['other']);
    });

    test('A4: while the broker is down every send fails as unavailable with nothing taken; once it is back a send works', async () => {
      await rig.bus.send([aMessage({ id: 'before' })]);
      await rig.down();
      for (let turn = 0; turn < 3; turn += 1) {
        await expect(rig.bus.send([aMessage({ id: 'lost' })])).rejects.toMatchObject(unavailable);
      }
      await expect(rig.bus.ping()).rejects.toBeInstanceOf(Unavailable);
      await rig.up();
      await rig.bus.ping();
      await rig.bus.send([aMessage({ id: 'after' })]);
      const received = await rig.receive('signals', 'cluster/a', 2);
      expect(received.map((message) => message.id)).toEqual(['before', 'after']);
    });

    test('A4: 200 sends at once over one bus are all taken', async () => {
      await Promise.all(numbered(200).map(({ id, body }) => rig.bus.send([aMessage({ id, body })])));
      const received = await rig.receive('signals', 'cluster/a', 200);
      expect(new Set(received.map((message) => message.id)).size).toBe(200);
    });
  });
}

const unavailable = { name: 'Unavailable', code: 'bus-unavailable' };
const sessions = [
  ['signals', 'cluster/a'],
  ['signals', 'cluster/b'],
  ['runs', 'cluster/a'],
] as const;

export function aMessage(change: Partial<BusMessage> = {}): BusMessage {
  return { id: 'message-0', queue: 'signals', sessionId: 'cluster/a', body: {}, ...change };
}

function numbered(count: number): { id: string; body: { number: number } }[] {
  return Array.from({ length: count }, (_, number) => ({ id: `message-${number}`, body: { number } }));
}
