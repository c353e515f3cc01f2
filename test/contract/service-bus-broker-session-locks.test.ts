// The broker against the real @azure/service-bus: how long a session is held, and what is kept with it.
import type { ServiceBusClient, ServiceBusSessionReceiver } from '@azure/service-bus';
import { describe, expect, test } from 'vitest';
import { aQueue } from '../../local/service-bus/queue-settings.ts';
import { aBroker, aClient, codeOf, ManualClock, numbered, PULL, until } from './service-bus-broker.stage.ts';

const QUEUES = [aQueue('s', { requiresSession: true, maxDeliveryCount: 3 }), aQueue('q')];
const _DEAD = { subQueueType: 'deadLetter' } as const;
const NO_RENEWAL = { maxAutoLockRenewalDurationInMs: 0 };

async function send(client: ServiceBusClient, sessionId: string, count: number): Promise<void> {
  await client.createSender('s').sendMessages(numbered(count, { sessionId }));
}

async function receive(receiver: ServiceBusSessionReceiver, count: number) {
  const messages = await receiver.receiveMessages(count, PULL);
  expect(messages).toHaveLength(count);
  return messages;
}

describe('L3: session locks and state', () => {
  test('L3: a session lock that runs out closes its receiver, counts its messages, and frees the session', async () => {
    const clock = new ManualClock();
    const client = aClient(await aBroker({ queues: QUEUES, clock }));
    await send(client, 'x', 2);
    const late = await client.acceptSession('s', 'x', NO_RENEWAL);
    const [message] = await receive(late, 1);
    clock.advance(60_000);
    await until(() => late.isClosed || codeOf(late.renewSessionLock()).then((code) => code === 'SessionLockLost'));
    expect(await codeOf(late.completeMessage(message ?? expect.fail('no message')))).toBe('SessionLockLost');
    const next = await client.acceptNextSession('s', NO_RENEWAL);
    const messages = await receive(next, 2);
    expect(messages.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
      [{ n: 0 }, 1],
      [{ n: 1 }, 0],
    ]);
  });

  test('L3: a subscriber hears of the lost session lock', async () => {
    const clock = new ManualClock();
    const client = aClient(await aBroker({ queues: QUEUES, clock }));
    const receiver = await client.acceptSession('s', 'x', NO_RENEWAL);
    const heard = new Promise((resolve) => {
      receiver.subscribe({
        processMessage: async () => undefined,
        processError: async ({ error }) => resolve('code' in error && error.code),
      });
    });
    clock.advance(60_000);
    expect(await heard).toBe('SessionLockLost');
  });

  test('L3: a renewed session lock holds for its whole duration again, and its messages with it', async () => {
    const clock = new ManualClock();
    const broker = await aBroker({ queues: QUEUES, clock });
    const client = aClient(broker);
    await send(client, 'x', 1);
    const receiver = await client.acceptSession('s', 'x', NO_RENEWAL);
    const [message] = await receive(receiver, 1);
    clock.advance(59_999);
    expect((await receiver.renewSessionLock()).getTime()).toBe(clock.now() + 60_000);
    clock.advance(59_999);
    await receiver.completeMessage(message ?? expect.fail('no message'));
    expect(broker.counts('s').active).toBe(0);
  });

  test('L3: state is kept for a session beyond its receiver and its messages', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const client = aClient(broker);
    const first = await client.acceptSession('s', 'x');
    expect(await first.getSessionState()).toBeNull();
    await first.setSessionState({ step: 3, text: 'ä' });
    await first.close();
    const second = await client.acceptSession('s', 'x');
    expect(await second.getSessionState()).toEqual({ step: 3, text: 'ä' });
    await second.setSessionState('words');
    expect(await second.getSessionState()).toBe('words');
    await second.setSessionState(null);
    expect(await second.getSessionState()).toBeNull();
    expect(await (await client.acceptSession('s', 'y')).getSessionState()).toBeNull();
  });

  test('L3: sessions are counted: accepted, renewed, asked for their state', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const receiver = await aClient(broker).acceptSession('s', 'x');
    await receiver.renewSessionLock();
    await receiver.setSessionState('1');
    await receiver.getSessionState();
    const once = { acceptSession: 1, renewSessionLock: 1, setSessionState: 1, getSessionState: 1 };
    expect(broker.operations()).toEqual(once);
  });
});
