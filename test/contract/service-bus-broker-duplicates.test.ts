// `--duplicate-deliveries` against the real @azure/service-bus: the first delivery of every message loses its lock.
import { describe, expect, test } from 'vitest';
import { aQueue } from '../../local/service-bus/queue-settings.ts';
import { LOCK_LOST_AFTER_MS } from '../../local/service-bus/refusals.ts';
import { aBroker, aClient, codeOf, ManualClock, numbered, PULL, until } from './service-bus-broker.stage.ts';

const QUEUES = [aQueue('q'), aQueue('s', { requiresSession: true })];
const ONCE = { duplicateDeliveries: true, queues: QUEUES };
const DEAD = { subQueueType: 'deadLetter' } as const;

describe('A7: every message is delivered twice', () => {
  test('A7: a subscriber of a queue gets each twice, and the second settlement counts', async () => {
    const broker = await aBroker(ONCE);
    const client = aClient(broker);
    const seen: string[] = [];
    client.createReceiver('q').subscribe({
      processMessage: async ({ body, deliveryCount }) => void seen.push(`${body.n}/${deliveryCount}`),
      processError: async () => undefined,
    });
    await client.createSender('q').sendMessages(numbered(20));
    await until(() => broker.counts('q').active === 0);
    const expected = numbered(20).flatMap(({ body }) => [`${body.n}/0`, `${body.n}/1`]);
    expect(seen.sort()).toEqual(expected.sort());
  });

  test('A7: the first settlement is refused with MessageLockLost, whatever it says', async () => {
    const clock = new ManualClock();
    const broker = await aBroker({ ...ONCE, clock });
    const client = aClient(broker);
    await client.createSender('q').sendMessages(numbered(4));
    const receiver = client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 });
    const [one, two, three, four] = await receiver.receiveMessages(4, PULL);
    if (!one || !two || !three || !four) return expect.fail('not all arrived');
    expect(await codeOf(receiver.completeMessage(one))).toBe('MessageLockLost');
    expect(await codeOf(receiver.abandonMessage(two))).toBe('MessageLockLost');
    expect(await codeOf(receiver.deferMessage(three))).toBe('MessageLockLost');
    expect(await codeOf(receiver.deadLetterMessage(four))).toBe('MessageLockLost');
    clock.advance(0);
    const again = await receiver.receiveMessages(4, PULL);
    expect(again.map(({ deliveryCount }) => deliveryCount)).toEqual([1, 1, 1, 1]);
    expect(broker.counts('q')).toMatchObject({ active: 4, deferred: 0, deadLettered: 0 });
    const [first] = again;
    await receiver.deadLetterMessage(first ?? expect.fail('no message'));
    const [dead] = await client.createReceiver('q', DEAD).receiveMessages(1, PULL);
    expect(dead?.deliveryCount).toBe(1);
  });

  test('A7: every other message comes again while its first handler is still at it', async () => {
    const broker = await aBroker(ONCE);
    const client = aClient(broker);
    await client.createSender('q').sendMessages(numbered(2));
    const events: string[] = [];
    const { promise: bothIn, resolve } = Promise.withResolvers<void>();
    client.createReceiver('q').subscribe(
      {
        async processMessage({ messageId, deliveryCount }) {
          events.push(`${messageId}/${deliveryCount} begins`);
          // The first handler of m0 goes on until the second has begun.
          if (messageId === 'm0' && deliveryCount === 0) await bothIn;
          if (messageId === 'm0' && deliveryCount === 1) resolve();
          events.push(`${messageId}/${deliveryCount} ends`);
        },
        processError: async () => undefined,
      },
      { maxConcurrentCalls: 4 },
    );
    await until(() => broker.counts('q').active === 0);
    const at = (event: string) => events.indexOf(event);
    expect(at('m0/1 begins')).toBeLessThan(at('m0/0 ends'));
    expect(at('m1/1 begins')).toBeGreaterThan(at('m1/0 ends'));
  });

  test('A7: a session goes to the next holder, who sees the message again; the first is told SessionLockLost', async () => {
    const clock = new ManualClock();
    const client = aClient(await aBroker({ ...ONCE, clock }));
    await client.createSender('s').sendMessages(numbered(2, { sessionId: 'x' }));
    const first = await client.acceptSession('s', 'x', { maxAutoLockRenewalDurationInMs: 0 });
    const [one] = await first.receiveMessages(1, PULL);
    clock.advance(LOCK_LOST_AFTER_MS);
    const second = await client.acceptNextSession('s', { maxAutoLockRenewalDurationInMs: 0 });
    const [again] = await second.receiveMessages(1, PULL);
    expect([again?.messageId, again?.deliveryCount]).toEqual([one?.messageId, 1]);
    expect(await codeOf(first.completeMessage(one ?? expect.fail('no message')))).toBe('SessionLockLost');
    await second.completeMessage(again ?? expect.fail('no message'));
    // The second message loses it when it is settled: refused first, then the link is cut off.
    const [two] = await second.receiveMessages(1, PULL);
    expect(await codeOf(second.completeMessage(two ?? expect.fail('no message')))).toBe('SessionLockLost');
    clock.advance(0);
    await until(() => second.isClosed);
    const third = await client.acceptNextSession('s', { maxAutoLockRenewalDurationInMs: 0 });
    const [twoAgain] = await third.receiveMessages(1, PULL);
    expect([twoAgain?.messageId, twoAgain?.deliveryCount]).toEqual([two?.messageId, 1]);
    await third.completeMessage(twoAgain ?? expect.fail('no message'));
  });

  test('D3: without the option nothing comes twice', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const client = aClient(broker);
    await client.createSender('q').sendMessages(numbered(3));
    const receiver = client.createReceiver('q');
    for (const message of await receiver.receiveMessages(3, PULL)) await receiver.completeMessage(message);
    expect(broker.counts('q').active).toBe(0);
    expect(broker.operations().receive).toBe(3);
  });
});
