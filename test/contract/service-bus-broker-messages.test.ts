// The broker against the real @azure/service-bus: sending, receiving and settling in a queue without sessions.
import { describe, expect, test } from 'vitest';
import { aQueue } from '../../local/service-bus/queue-settings.ts';
import { aBroker, aClient, bodies, codeOf, numbered, PULL, SHORT_PULL } from './service-bus-broker.stage.ts';

const DEAD = { subQueueType: 'deadLetter' } as const;

describe('L3: what is sent arrives as it was sent', () => {
  test('L3: every property and every kind of body comes back', async () => {
    const client = aClient(await aBroker());
    const sender = client.createSender('q');
    const sent = {
      body: { deep: [1, 'zwei', null, { drei: 3.5 }] },
      messageId: 'an id',
      correlationId: 'a correlation',
      contentType: 'application/json',
      subject: 'a subject',
      to: 'somebody',
      replyTo: 'me',
      replyToSessionId: 'my session',
      partitionKey: 'a key',
      sessionId: 'a key',
      timeToLive: 60_000,
      applicationProperties: {
        text: 'ä€',
        whole: 7,
        half: 0.5,
        yes: true,
        no: false,
        when: new Date(5),
      },
    };
    await sender.sendMessages(sent);
    const [message] = await client.createReceiver('q').receiveMessages(1, PULL);
    const { applicationProperties, ...rest } = sent;
    expect(message).toMatchObject(rest);
    expect(Object.entries(message?.applicationProperties ?? {})).toEqual(
      Object.entries(applicationProperties).map(([name, value]) => [
        name,
        value instanceof Date ? value.getTime() : value,
      ]),
    );
    expect(message?.expiresAtUtc?.getTime()).toBe((message?.enqueuedTimeUtc?.getTime() ?? 0) + 60_000);
  });

  test.each([
    ['data', Buffer.from([0, 1, 255])],
    ['data', 'text'],
    ['data', null],
    ['value', 'text'],
    ['value', { a: 1 }],
    ['sequence', [[1, 2], ['three']]],
  ] as const)('L3: a body of AMQP type %s (%j) is kept', async (bodyType, body) => {
    const client = aClient(await aBroker());
    await client.createSender('q').sendMessages({ body, bodyType });
    const [message] = await client.createReceiver('q').receiveMessages(1, PULL);
    expect(message?._rawAmqpMessage.bodyType).toBe(bodyType);
    expect(message?.body).toEqual(body);
  });

  test('L3: a message without an id gets one, since the client could not settle it otherwise', async () => {
    const client = aClient(await aBroker());
    await client.createSender('q').sendMessages({ body: 1, subject: 'kept' });
    const receiver = client.createReceiver('q');
    const [message] = await receiver.receiveMessages(1, PULL);
    expect(message?.messageId).toEqual(expect.any(String));
    expect(message?.subject).toBe('kept');
    await receiver.completeMessage(message ?? expect.fail('no message'));
  });

  test('L3: a batch arrives as its messages, in order, with ascending sequence numbers', async () => {
    const client = aClient(await aBroker());
    const sender = client.createSender('q');
    const batch = await sender.createMessageBatch();
    for (const message of numbered(50)) batch.tryAddMessage(message);
    await sender.sendMessages(batch);
    await sender.sendMessages(numbered(1, { messageId: 'alone in an array' }));
    const messages = await client.createReceiver('q').receiveMessages(51, PULL);
    expect(bodies(messages)).toEqual([...bodies(messages.slice(0, 50)), { n: 0 }]);
    expect(bodies(messages.slice(0, 50))).toEqual(numbered(50).map(({ body }) => body));
    const numbers = messages.map(({ sequenceNumber }) => Number(sequenceNumber));
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    expect(new Set(numbers).size).toBe(51);
  });
});

describe('A8: 256 KB with properties is the limit', () => {
  test('A8: a message just below is taken, one above is refused with MessageSizeExceeded, and nothing of it is stored', async () => {
    const broker = await aBroker();
    const sender = aClient(broker).createSender('q');
    await sender.sendMessages({ body: Buffer.alloc(262_144 - 200), messageId: 'm' });
    expect(await codeOf(sender.sendMessages({ body: Buffer.alloc(262_144), messageId: 'm' }))).toBe(
      'MessageSizeExceeded',
    );
    const applicationProperties = { filler: 'x'.repeat(200) };
    const heavyProperties = { body: Buffer.alloc(262_144 - 200), messageId: 'm', applicationProperties };
    expect(await codeOf(sender.sendMessages(heavyProperties))).toBe('MessageSizeExceeded');
    expect(broker.counts('q').active).toBe(1);
  });

  test('A8: the client learns the limit and fills batches up to it', async () => {
    const sender = aClient(await aBroker({ queues: [aQueue('q', { maxMessageSizeKilobytes: 64 })] })).createSender('q');
    const batch = await sender.createMessageBatch();
    expect(batch.maxSizeInBytes).toBe(65_536);
    while (batch.tryAddMessage({ body: 'x'.repeat(5_000) }));
    await sender.sendMessages(batch);
  });

  test('A8: a scheduled message is measured too', async () => {
    const sender = aClient(await aBroker()).createSender('q');
    const tooLarge = { body: Buffer.alloc(262_144) };
    expect(await codeOf(sender.scheduleMessages(tooLarge, new Date(Date.now() + 60_000)))).toBe('MessageSizeExceeded');
  });
});

describe('D3: settlement', () => {
  test('D3: a completed message is gone, an abandoned one comes again with its changes and a count', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 1, applicationProperties: { kept: 'k', over: 'before' } });
    const receiver = client.createReceiver('q');
    const [first] = await receiver.receiveMessages(1, PULL);
    expect(first?.deliveryCount).toBe(0);
    await receiver.abandonMessage(first ?? expect.fail('no message'), { over: 'after', added: 5 });
    const [again] = await receiver.receiveMessages(1, PULL);
    expect(again?.deliveryCount).toBe(1);
    expect(again?.sequenceNumber).toEqual(first?.sequenceNumber);
    expect(again?.applicationProperties).toEqual({ kept: 'k', over: 'after', added: 5 });
    await receiver.completeMessage(again ?? expect.fail('no message'));
    expect(broker.counts('q')).toEqual({ active: 0, scheduled: 0, deferred: 0, deadLettered: 0 });
  });

  test('D3: an abandoned message comes before the ones behind it', async () => {
    const client = aClient(await aBroker());
    await client.createSender('q').sendMessages(numbered(3));
    const receiver = client.createReceiver('q');
    const [first] = await receiver.receiveMessages(1, PULL);
    await receiver.abandonMessage(first ?? expect.fail('no message'));
    expect(bodies(await receiver.receiveMessages(3, PULL))).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });

  test('D3: dead-lettered by the receiver, it is read from the sub-queue with the reason, and completed there', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 'poison', applicationProperties: { kept: 'k' } });
    const receiver = client.createReceiver('q');
    const [message] = await receiver.receiveMessages(1, PULL);
    const reason = { deadLetterReason: 'Poison', deadLetterErrorDescription: 'cannot be read', extra: 'e' };
    await receiver.deadLetterMessage(message ?? expect.fail('no message'), reason);
    expect(broker.counts('q')).toMatchObject({ active: 0, deadLettered: 1 });
    const graves = client.createReceiver('q', DEAD);
    const [dead] = await graves.receiveMessages(1, PULL);
    expect(dead).toMatchObject({
      body: 'poison',
      deadLetterReason: 'Poison',
      deadLetterErrorDescription: 'cannot be read',
      deadLetterSource: 'q',
    });
    expect(dead?.applicationProperties).toMatchObject({ kept: 'k', extra: 'e' });
    await graves.completeMessage(dead ?? expect.fail('no message'));
    expect(broker.counts('q').deadLettered).toBe(0);
  });

  test('D3: maxDeliveryCount deliveries, then MaxDeliveryCountExceeded', async () => {
    const broker = await aBroker({ queues: [aQueue('q', { maxDeliveryCount: 3 })] });
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 1 });
    const receiver = client.createReceiver('q');
    const counts: unknown[] = [];
    while (broker.counts('q').active > 0) {
      const [message] = await receiver.receiveMessages(1, PULL);
      if (!message) continue;
      counts.push(message.deliveryCount);
      await receiver.abandonMessage(message);
    }
    expect(counts).toEqual([0, 1, 2]);
    const [dead] = await client.createReceiver('q', DEAD).receiveMessages(1, PULL);
    expect(dead).toMatchObject({ deadLetterReason: 'MaxDeliveryCountExceeded', deliveryCount: 3 });
  });

  test('D3: the dead-letter queue itself has no limit of deliveries, and nobody can send to it', async () => {
    const client = aClient(await aBroker({ queues: [aQueue('q', { maxDeliveryCount: 1 })] }));
    await client.createSender('q').sendMessages({ body: 1 });
    const receiver = client.createReceiver('q');
    await receiver.abandonMessage((await receiver.receiveMessages(1, PULL))[0] ?? expect.fail('no message'));
    const graves = client.createReceiver('q', DEAD);
    for (let turn = 1; turn < 4; turn++) {
      const [dead] = await graves.receiveMessages(1, PULL);
      expect(dead?.deliveryCount).toBe(turn);
      await graves.abandonMessage(dead ?? expect.fail('no message'));
    }
    expect(await codeOf(client.createSender('q/$DeadLetterQueue').sendMessages({ body: 1 }))).toBe('GeneralError');
  });

  test('D3: a deferred message is only to be had by its number, and settled over management', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    await client.createSender('q').sendMessages(numbered(2));
    const receiver = client.createReceiver('q');
    const [message] = await receiver.receiveMessages(1, PULL);
    await receiver.deferMessage(message ?? expect.fail('no message'), { why: 'later' });
    expect(broker.counts('q')).toMatchObject({ active: 1, deferred: 1 });
    expect(bodies(await receiver.receiveMessages(1, PULL))).toEqual([{ n: 1 }]);
    expect(await receiver.receiveMessages(1, SHORT_PULL)).toEqual([]);
    const number = message?.sequenceNumber ?? expect.fail('no number');
    const [deferred] = await receiver.receiveDeferredMessages(number);
    expect(deferred).toMatchObject({ body: { n: 0 }, state: 'deferred', applicationProperties: { why: 'later' } });
    expect(await codeOf(receiver.receiveDeferredMessages(number))).toBe('MessageNotFound');
    await receiver.completeMessage(deferred ?? expect.fail('no message'));
    expect(broker.counts('q')).toMatchObject({ active: 1, deferred: 0 });
  });

  test('D3: an abandoned deferred message stays deferred, a dead-lettered one moves', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 1 });
    const receiver = client.createReceiver('q');
    const [message] = await receiver.receiveMessages(1, PULL);
    await receiver.deferMessage(message ?? expect.fail('no message'));
    const number = message?.sequenceNumber ?? expect.fail('no number');
    const [once] = await receiver.receiveDeferredMessages(number);
    await receiver.abandonMessage(once ?? expect.fail('no message'));
    const [twice] = await receiver.receiveDeferredMessages(number);
    expect(twice?.deliveryCount).toBe(1);
    await receiver.deadLetterMessage(twice ?? expect.fail('no message'), {
      deadLetterReason: 'R',
      deadLetterErrorDescription: 'D',
    });
    const [dead] = await client.createReceiver('q', DEAD).receiveMessages(1, PULL);
    expect(dead).toMatchObject({ deadLetterReason: 'R', deadLetterErrorDescription: 'D' });
    expect(broker.counts('q')).toMatchObject({ deferred: 0, deadLettered: 1 });
  });

  test('D3: receive-and-delete takes messages out without a settlement', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    await client.createSender('q').sendMessages(numbered(5));
    const receiver = client.createReceiver('q', { receiveMode: 'receiveAndDelete' });
    expect(bodies(await receiver.receiveMessages(5, PULL))).toHaveLength(5);
    expect(broker.counts('q').active).toBe(0);
    expect(broker.operations()).toEqual({ send: 1, receive: 5 });
  });

  test('D3: a handler that throws has its message abandoned and gets it again', async () => {
    const client = aClient(await aBroker());
    await client.createSender('q').sendMessages({ body: 1 });
    const counts = await new Promise<unknown[]>((resolve) => {
      const seen: unknown[] = [];
      client.createReceiver('q').subscribe({
        async processMessage({ deliveryCount }) {
          seen.push(deliveryCount);
          if (seen.length < 3) throw new Error('not yet');
          resolve(seen);
        },
        processError: async () => undefined,
      });
    });
    expect(counts).toEqual([0, 1, 2]);
  });
});
