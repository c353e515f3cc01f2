// The broker against the real @azure/service-bus: locks, schedules, expiry, and what is looked at, dropped or counted.
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
