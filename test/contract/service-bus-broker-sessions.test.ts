// The broker against the real @azure/service-bus: sessions, who gets which, and their order.
import type { ServiceBusClient, ServiceBusSessionReceiver } from '@azure/service-bus';
import rhea from 'rhea';
import { describe, expect, test } from 'vitest';
import { Entities } from '../../local/service-bus/entities.ts';
import { openEnvelope } from '../../local/service-bus/message.ts';
import { aQueue } from '../../local/service-bus/queue-settings.ts';
import {
  aBroker,
  aClient,
  bodies,
  codeOf,
  ManualClock,
  numbered,
  PULL,
  SHORT_PULL,
  until,
} from './service-bus-broker.stage.ts';

const QUEUES = [aQueue('s', { requiresSession: true, maxDeliveryCount: 3 }), aQueue('q')];
const DEAD = { subQueueType: 'deadLetter' } as const;
const _NO_RENEWAL = { maxAutoLockRenewalDurationInMs: 0 };

async function send(client: ServiceBusClient, sessionId: string, count: number): Promise<void> {
  await client.createSender('s').sendMessages(numbered(count, { sessionId }));
}

async function receive(receiver: ServiceBusSessionReceiver, count: number) {
  const messages = await receiver.receiveMessages(count, PULL);
  expect(messages).toHaveLength(count);
  return messages;
}

describe('L3: accepting sessions', () => {
  test('L3: a session is accepted by name, with messages or without, and gives its messages in order', async () => {
    const clock = new ManualClock();
    const client = aClient(await aBroker({ queues: QUEUES, clock }));
    const empty = await client.acceptSession('s', 'empty');
    expect(empty.sessionLockedUntilUtc.getTime()).toBe(clock.now() + 60_000);
    await send(client, 'one', 3);
    await send(client, 'other', 1);
    const receiver = await client.acceptSession('s', 'one');
    expect(bodies(await receive(receiver, 3))).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    expect(await receiver.receiveMessages(1, SHORT_PULL)).toEqual([]);
  });

  test('L3: the next session is the one that has waited longest and that nobody holds', async () => {
    const client = aClient(await aBroker({ queues: QUEUES }));
    for (const id of ['a', 'b', 'c']) await send(client, id, 1);
    await client.acceptSession('s', 'b');
    const first = await client.acceptNextSession('s');
    const second = await client.acceptNextSession('s');
    expect([first.sessionId, second.sessionId]).toEqual(['a', 'c']);
  });

  test('L3: asking for the next session waits until a message comes', async () => {
    const client = aClient(await aBroker({ queues: QUEUES }));
    let isAccepted = false;
    const accepting = client.acceptNextSession('s').then((receiver) => {
      isAccepted = true;
      return receiver;
    });
    await client.createReceiver('q').peekMessages(1);
    expect(isAccepted).toBe(false);
    await send(client, 'woken', 1);
    const receiver = await accepting;
    expect(receiver.sessionId).toBe('woken');
    expect(bodies(await receive(receiver, 1))).toEqual([{ n: 0 }]);
  });

  test('L3: several clients that wait get one session each', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const [one, other] = [aClient(broker), aClient(broker)];
    const accepting = [one, other, one, other].map((client) => client.acceptNextSession('s'));
    await one.createReceiver('q').peekMessages(1);
    for (const id of ['a', 'b', 'c', 'd']) await send(one, id, 1);
    const ids = (await Promise.all(accepting)).map(({ sessionId }) => sessionId);
    expect(ids.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('L3: nothing comes within the time asked for: ServiceTimeout, and the broker holds nobody any more', async () => {
    const clock = new ManualClock();
    const broker = await aBroker({ queues: QUEUES, clock });
    const client = aClient(broker);
    const refused = codeOf(client.acceptNextSession('s'));
    // The client asks for a little less than its own 5 s, and does not ask again by itself.
    let isOver = false;
    void refused.then(() => {
      isOver = true;
    });
    await until(() => {
      clock.advance(1_000);
      return isOver;
    });
    expect(await refused).toBe('ServiceTimeout');
    expect(broker.operations().acceptSessionTimeout).toBe(1);
    await send(client, 'later', 1);
    expect((await client.acceptNextSession('s')).sessionId).toBe('later');
  });

  test('L3: a held session is SessionCannotBeLocked, and free again when its receiver closes', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const [one, other] = [aClient(broker), aClient(broker)];
    const holder = await one.acceptSession('s', 'x');
    expect(await codeOf(other.acceptSession('s', 'x'))).toBe('SessionCannotBeLocked');
    await holder.close();
    expect((await other.acceptSession('s', 'x')).sessionId).toBe('x');
  });

  test('L3: a client that stops waiting is not given the next session', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const waiting = aClient(broker);
    const given = codeOf(waiting.acceptNextSession('s'));
    const other = aClient(broker);
    await other.createReceiver('q').peekMessages(1);
    await waiting.close();
    await given;
    await send(other, 'x', 1);
    expect((await other.acceptNextSession('s')).sessionId).toBe('x');
  });

  test('L3: receivers of the wrong kind, and messages without a session, are refused', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const client = aClient(broker);
    expect(await codeOf(client.createReceiver('s').receiveMessages(1))).toBe('GeneralError');
    expect(await codeOf(client.acceptSession('q', 'x'))).not.toBe('no refusal');
    expect(await codeOf(client.createSender('s').sendMessages({ body: 1 }))).toBe('GeneralError');
    const mixed = [{ body: 1, sessionId: 'x' }, { body: 2 }];
    expect(await codeOf(client.createSender('s').sendMessages(mixed))).toBe('GeneralError');
    expect(broker.counts('s').active).toBe(0);
  });
});

describe('L3: order within a session', () => {
  test('L3: an abandoned message comes first again, and after maxDeliveryCount the session goes on without it', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const client = aClient(broker);
    await send(client, 'x', 2);
    const receiver = await client.acceptSession('s', 'x');
    for (let count = 0; count < 3; count++) {
      const [message] = await receive(receiver, 1);
      expect(message).toMatchObject({ body: { n: 0 }, deliveryCount: count });
      await receiver.abandonMessage(message ?? expect.fail('no message'));
    }
    expect(bodies(await receive(receiver, 1))).toEqual([{ n: 1 }]);
    expect(broker.counts('s').deadLettered).toBe(1);
  });

  test('L3: dead letters of a session queue are read without sessions, keep their session id, and settle', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const client = aClient(broker);
    await send(client, 'x', 1);
    const receiver = await client.acceptSession('s', 'x');
    const [message] = await receive(receiver, 1);
    await receiver.deadLetterMessage(message ?? expect.fail('no message'), {
      deadLetterReason: 'R',
      deadLetterErrorDescription: 'D',
    });
    const graves = client.createReceiver('s', DEAD);
    const [dead] = await graves.receiveMessages(1, PULL);
    expect(dead).toMatchObject({ sessionId: 'x', deadLetterReason: 'R', deadLetterSource: 's' });
    await graves.completeMessage(dead ?? expect.fail('no message'));
    expect(broker.counts('s').deadLettered).toBe(0);
  });

  test('L3: messages that a closed receiver had not settled come again at once, in order and uncounted', async () => {
    const client = aClient(await aBroker({ queues: QUEUES }));
    await send(client, 'x', 3);
    const first = await client.acceptSession('s', 'x');
    await receive(first, 2);
    await first.close();
    const messages = await receive(await client.acceptNextSession('s'), 3);
    expect(messages.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
      [{ n: 0 }, 0],
      [{ n: 1 }, 0],
      [{ n: 2 }, 0],
    ]);
  });

  test('L3: a waiting client gets a session that is given back from its first message on', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const [one, other] = [aClient(broker), aClient(broker)];
    await send(one, 'x', 4);
    const first = await one.acceptSession('s', 'x');
    await receive(first, 4);
    const accepting = other.acceptNextSession('s');
    await other.createReceiver('q').peekMessages(1);
    await first.close();
    expect(bodies(await receive(await accepting, 4))).toEqual(numbered(4).map(({ body }) => body));
  });

  test('L3: the next holder is told only when all messages of the last one are back', () => {
    const clock = new ManualClock();
    const queue = new Entities(QUEUES, { clock, timeScale: 1 }).find('s').queue;
    const sessions = queue.sessions ?? expect.fail('no sessions');
    const bytes = (n: number) => rhea.message.encode({ message_id: `${n}`, group_id: 'x', body: n });
    queue.send([1, 2].map((n) => openEnvelope(bytes(n))));
    const holder = { lost: () => undefined };
    sessions.accept('x', holder);
    // Received in order, then the first abandoned and received again: now the second has been locked for longer.
    const [first, second] = [queue.take('peek-lock', 'x'), queue.take('peek-lock', 'x')];
    queue.settle(first?.lock?.token ?? '', { kind: 'abandon', changes: {} });
    expect(queue.take('peek-lock', 'x')).toBe(first);
    const taken: unknown[] = [];
    sessions.acceptNext(
      { lost: () => undefined },
      1_000,
      (id) => taken.push(queue.take('peek-lock', id)),
      () => undefined,
    );
    sessions.release('x', holder);
    expect(taken).toEqual([first]);
    expect(queue.take('peek-lock', 'x')).toBe(second);
  });

  test('L3: deferred within a session, by its holder only', async () => {
    const client = aClient(await aBroker({ queues: QUEUES }));
    await send(client, 'x', 2);
    const receiver = await client.acceptSession('s', 'x');
    const [message] = await receive(receiver, 1);
    await receiver.deferMessage(message ?? expect.fail('no message'));
    expect(bodies(await receive(receiver, 1))).toEqual([{ n: 1 }]);
    const number = message?.sequenceNumber ?? expect.fail('no number');
    const [deferred] = await receiver.receiveDeferredMessages(number);
    await receiver.completeMessage(deferred ?? expect.fail('no message'));
    expect(await codeOf(receiver.receiveDeferredMessages(number))).toBe('MessageNotFound');
  });

  test('L3: peeking in a session shows that session', async () => {
    const client = aClient(await aBroker({ queues: QUEUES }));
    await send(client, 'x', 2);
    await send(client, 'y', 1);
    const receiver = await client.acceptSession('s', 'x');
    expect(await receiver.peekMessages(10)).toHaveLength(2);
  });

  test('L3: a scheduled message wakes whoever waits for a session', async () => {
    const clock = new ManualClock();
    const broker = await aBroker({ queues: QUEUES, clock });
    const client = aClient(broker);
    const at = new Date(clock.now() + 1_000);
    await client.createSender('s').scheduleMessages({ body: 'later', sessionId: 'x' }, at);
    const accepting = client.acceptNextSession('s');
    await client.createReceiver('q').peekMessages(1);
    clock.advance(1_000);
    expect(bodies(await receive(await accepting, 1))).toEqual(['later']);
  });
});
