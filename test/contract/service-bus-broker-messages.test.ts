// The broker against the real @azure/service-bus: sending, receiving and settling in a queue without sessions.
import { describe, expect, test } from 'vitest';
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

describe('D3: locks', () => {
  test('D3: a lock that runs out brings the message back, counts, and cannot be settled or renewed any more', async () => {
    const clock = new ManualClock();
    const client = aClient(await aBroker({ clock }));
    await client.createSender('q').sendMessages({ body: 1 });
    const receiver = client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 });
    const [late] = await receiver.receiveMessages(1, PULL);
    expect(late?.lockedUntilUtc?.getTime()).toBe(clock.now() + 60_000);
    clock.advance(60_000);
    const [again] = await receiver.receiveMessages(1, PULL);
    expect(again?.deliveryCount).toBe(1);
    expect(await codeOf(receiver.completeMessage(late ?? expect.fail('no message')))).toBe('MessageLockLost');
    expect(await codeOf(receiver.renewMessageLock(late ?? expect.fail('no message')))).toBe('MessageLockLost');
    await receiver.completeMessage(again ?? expect.fail('no message'));
  });

  test('D3: a renewed lock holds for its whole duration again', async () => {
    const clock = new ManualClock();
    const broker = await aBroker({ clock });
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 1 });
    const receiver = client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 });
    const [message] = await receiver.receiveMessages(1, PULL);
    clock.advance(59_999);
    const until = await receiver.renewMessageLock(message ?? expect.fail('no message'));
    expect(until.getTime()).toBe(clock.now() + 60_000);
    clock.advance(59_999);
    await receiver.completeMessage(message ?? expect.fail('no message'));
    expect(broker.counts('q').active).toBe(0);
  });

  test('D3: a lock outlives the link, and settles over management after it', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 1 });
    const receiver = client.createReceiver('q');
    const [message] = await receiver.receiveMessages(1, PULL);
    await receiver.close();
    expect(await client.createReceiver('q').receiveMessages(1, SHORT_PULL)).toEqual([]);
    await client.createReceiver('q').completeMessage(message ?? expect.fail('no message'));
    expect(broker.counts('q').active).toBe(0);
  });

  test('D3: the client renews a scaled lock by itself, for as long as the handler runs', async () => {
    const broker = await aBroker({ timeScale: 30 });
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 1 });
    const counts: unknown[] = [];
    await new Promise<void>((resolve) => {
      const receiver = client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 60_000 });
      receiver.subscribe({
        async processMessage({ deliveryCount, lockedUntilUtc }) {
          // 60 s at 30 are 2 s: without the renewals the message would come a second time.
          expect((lockedUntilUtc?.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(2_000);
          counts.push(deliveryCount);
          await until(() => (broker.operations().renewLock ?? 0) >= 2);
          resolve();
        },
        processError: async () => undefined,
      });
    });
    expect(counts).toEqual([0]);
  });
});

describe('L3: scaled locks', () => {
  test.each([
    [1, 60_000],
    [10, 6_000],
    [30, 2_000],
    [600, 2_000],
  ])(
    'L3: at %i a lock of 60 s lasts %i ms, since the client renews a shorter one in a tight loop',
    async (timeScale, lockMs) => {
      const clock = new ManualClock();
      const client = aClient(await aBroker({ clock, timeScale }));
      await client.createSender('q').sendMessages({ body: 1 });
      const [message] = await client
        .createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 })
        .receiveMessages(1, PULL);
      expect(message?.lockedUntilUtc?.getTime()).toBe(clock.now() + lockMs);
    },
  );
});

describe('D3: time', () => {
  test('D3: a scheduled message appears at its time, behind what was there, with a new number', async () => {
    const clock = new ManualClock();
    const broker = await aBroker({ clock, timeScale: 30 });
    const client = aClient(broker);
    const sender = client.createSender('q');
    const [number] = await sender.scheduleMessages({ body: 'later' }, new Date(clock.now() + 10_000));
    await sender.sendMessages({ body: 'by property', scheduledEnqueueTimeUtc: new Date(clock.now() + 20_000) });
    await sender.sendMessages({ body: 'now' });
    expect(broker.counts('q')).toMatchObject({ active: 1, scheduled: 2 });
    const [peeked] = await client.createReceiver('q').peekMessages(1);
    expect(peeked).toMatchObject({ body: 'later', state: 'scheduled' });
    clock.advance(9_999);
    expect(broker.counts('q').active).toBe(1);
    clock.advance(10_001);
    const messages = await client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 }).receiveMessages(3, PULL);
    expect(bodies(messages)).toEqual(['now', 'later', 'by property']);
    expect(Number(messages[1]?.sequenceNumber)).toBeGreaterThan(Number(number));
  });

  test('D3: a cancelled message never appears, and cannot be cancelled again', async () => {
    const clock = new ManualClock();
    const broker = await aBroker({ clock });
    const sender = aClient(broker).createSender('q');
    const numbers = await sender.scheduleMessages(numbered(2), new Date(clock.now() + 10_000));
    await sender.cancelScheduledMessages(numbers);
    clock.advance(20_000);
    expect(broker.counts('q')).toMatchObject({ active: 0, scheduled: 0 });
    expect(await codeOf(sender.cancelScheduledMessages(numbers))).toBe('MessageNotFound');
  });

  test('D3: an expired message goes to the dead letters where the queue says so, and is lost where not', async () => {
    const clock = new ManualClock();
    const queues = [
      aQueue('kept', { deadLetteringOnMessageExpiration: true, defaultMessageTimeToLiveSeconds: 30 }),
      aQueue('lost'),
    ];
    const broker = await aBroker({ clock, queues });
    const client = aClient(broker);
    await client.createSender('kept').sendMessages([{ body: 'own', timeToLive: 5_000 }, { body: 'of the queue' }]);
    await client.createSender('lost').sendMessages({ body: 1, timeToLive: 5_000 });
    clock.advance(5_000);
    expect(broker.counts('kept')).toMatchObject({ active: 1, deadLettered: 1 });
    expect(broker.counts('lost')).toMatchObject({ active: 0, deadLettered: 0 });
    clock.advance(25_000);
    const dead = await client.createReceiver('kept', DEAD).receiveMessages(2, PULL);
    expect(dead.map(({ body, deadLetterReason }) => [body, deadLetterReason])).toEqual([
      ['own', 'TTLExpiredException'],
      ['of the queue', 'TTLExpiredException'],
    ]);
  });

  test('D3: a locked message does not expire, but it does when it is abandoned', async () => {
    const clock = new ManualClock();
    const broker = await aBroker({ clock, queues: [aQueue('q', { deadLetteringOnMessageExpiration: true })] });
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 1, timeToLive: 5_000 });
    const receiver = client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 });
    const [message] = await receiver.receiveMessages(1, PULL);
    clock.advance(6_000);
    expect(broker.counts('q')).toMatchObject({ active: 1, deadLettered: 0 });
    await receiver.abandonMessage(message ?? expect.fail('no message'));
    expect(broker.counts('q')).toMatchObject({ active: 0, deadLettered: 1 });
  });

  test('D3: a deferred message expires when it is asked for', async () => {
    const clock = new ManualClock();
    const broker = await aBroker({ clock, queues: [aQueue('q', { deadLetteringOnMessageExpiration: true })] });
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 1, timeToLive: 5_000 });
    const receiver = client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 });
    const [message] = await receiver.receiveMessages(1, PULL);
    await receiver.deferMessage(message ?? expect.fail('no message'));
    clock.advance(6_000);
    expect(broker.counts('q')).toMatchObject({ deferred: 1, deadLettered: 0 });
    expect(await codeOf(receiver.receiveDeferredMessages(message?.sequenceNumber ?? expect.fail('no number')))).toBe(
      'MessageNotFound',
    );
    expect(broker.counts('q')).toMatchObject({ deferred: 0, deadLettered: 1 });
  });
});

describe('D3: looking and dropping', () => {
  test('D3: peek shows everything in order, locked or not, from where it stopped', async () => {
    const client = aClient(await aBroker());
    await client.createSender('q').sendMessages(numbered(5));
    const receiver = client.createReceiver('q');
    await receiver.receiveMessages(2, PULL);
    expect(bodies(await receiver.peekMessages(3))).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    expect(bodies(await receiver.peekMessages(9))).toEqual([{ n: 3 }, { n: 4 }]);
    expect(await receiver.peekMessages(9)).toEqual([]);
  });

  test('A5: duplicate detection drops the same id within its window, also inside a batch, and forgets it after', async () => {
    const clock = new ManualClock();
    const settings = { requiresDuplicateDetection: true, duplicateDetectionWindowSeconds: 60 };
    const broker = await aBroker({ clock, queues: [aQueue('q', settings)] });
    const sender = aClient(broker).createSender('q');
    await sender.sendMessages([
      { body: 1, messageId: 'a' },
      { body: 2, messageId: 'a' },
      { body: 3, messageId: 'b' },
    ]);
    await sender.sendMessages({ body: 4, messageId: 'b' });
    expect(broker.counts('q').active).toBe(2);
    clock.advance(60_000);
    await sender.sendMessages({ body: 5, messageId: 'b' });
    expect(broker.counts('q').active).toBe(3);
  });

  test('D3: without duplicate detection the same id is two messages', async () => {
    const broker = await aBroker();
    await aClient(broker)
      .createSender('q')
      .sendMessages([
        { body: 1, messageId: 'a' },
        { body: 2, messageId: 'a' },
      ]);
    expect(broker.counts('q').active).toBe(2);
  });

  test('D3: an unknown queue is MessagingEntityNotFound, in any case of letters a known one is found', async () => {
    const broker = await aBroker({ queues: [aQueue('Signals')] });
    const client = aClient(broker);
    expect(await codeOf(client.createSender('nothing').sendMessages({ body: 1 }))).toBe('MessagingEntityNotFound');
    expect(await codeOf(client.createReceiver('nothing').receiveMessages(1))).toBe('MessagingEntityNotFound');
    expect(await codeOf(client.createReceiver('nothing').peekMessages(1))).toBe('MessagingEntityNotFound');
    await client.createSender('sIGNALS').sendMessages({ body: 1 });
    expect(broker.counts('signals').active).toBe(1);
  });

  test('D3: operations are counted as they would be billed', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    const sender = client.createSender('q');
    await sender.sendMessages(numbered(3));
    await sender.cancelScheduledMessages(await sender.scheduleMessages({ body: 1 }, new Date(Date.now() + 60_000)));
    const receiver = client.createReceiver('q');
    const [one, two, three] = await receiver.receiveMessages(3, PULL);
    await receiver.renewMessageLock(one ?? expect.fail('no message'));
    await receiver.completeMessage(one ?? expect.fail('no message'));
    await receiver.deferMessage(two ?? expect.fail('no message'));
    await receiver.deadLetterMessage(three ?? expect.fail('no message'));
    await receiver.receiveDeferredMessages(two?.sequenceNumber ?? expect.fail('no number'));
    await receiver.peekMessages(1);
    expect(broker.operations()).toEqual({
      send: 1,
      schedule: 1,
      cancelScheduled: 1,
      receive: 3,
      renewLock: 1,
      complete: 1,
      defer: 1,
      deadLetter: 1,
      receiveDeferred: 1,
      peek: 1,
    });
  });
});
