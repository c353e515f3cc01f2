// The broker against the real @azure/service-bus when connections break, and when many work at once.
import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus';
import { describe, expect, test } from 'vitest';
import { startBroker } from '../../local/service-bus/broker.ts';
import { aQueue } from '../../local/service-bus/queue-settings.ts';
import { aBroker, aClient, bodies, codeOf, numbered, PULL, SHORT_PULL, until } from './service-bus-broker.stage.ts';

const QUEUES = [
  aQueue('s', { requiresSession: true, maxDeliveryCount: 1_000 }),
  aQueue('q', { maxDeliveryCount: 1_000, lockDurationSeconds: 5 }),
];

describe('A4: the broker goes away and comes back', () => {
  test('A4: down refuses sends at once, up takes them again on the same port, and the queues kept what they had', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    const sender = client.createSender('q');
    await sender.sendMessages({ body: 'before' });
    await broker.down();
    expect(await codeOf(sender.sendMessages({ body: 'lost' }))).not.toBe('no refusal');
    await broker.up();
    await sender.sendMessages({ body: 'after' });
    expect(bodies(await client.createReceiver('q').receiveMessages(2, PULL))).toEqual(['before', 'after']);
  });

  test('A4: a client is told before its socket is closed, so a send of the same moment succeeds once the broker is back', async () => {
    const broker = await aBroker();
    const sender = aClient(broker).createSender('q');
    await sender.sendMessages({ body: 1 });
    const down = broker.down();
    const sending = sender.sendMessages({ body: 2 });
    await down;
    await broker.up();
    await sending;
    expect(broker.counts('q').active).toBe(2);
  });

  test('A4: a subscriber gets what is sent after the return, without having done anything', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    const seen: unknown[] = [];
    client.createReceiver('q').subscribe({
      processMessage: async ({ body }) => void seen.push(body),
      processError: async () => undefined,
    });
    await client.createSender('q').sendMessages({ body: 'before' });
    await until(() => seen.length === 1);
    await broker.down();
    await broker.up();
    await aClient(broker).createSender('q').sendMessages({ body: 'after' });
    await until(() => seen.length === 2);
    expect(seen).toEqual(['before', 'after']);
  });

  test('D3: a message that was in a handler survives the break, and is completed after it', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    await client.createSender('q').sendMessages({ body: 1 });
    const receiver = client.createReceiver('q');
    const [message] = await receiver.receiveMessages(1, PULL);
    await broker.down();
    await broker.up();
    await onceReconnected(() => receiver.completeMessage(message ?? expect.fail('no message')));
    expect(broker.counts('q').active).toBe(0);
    expect(broker.operations()).toEqual({ send: 1, receive: 1, complete: 1 });
  });

  test('D3: a session is free after the break, its messages uncounted and in order; its old receiver is closed', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const client = aClient(broker);
    await client.createSender('s').sendMessages(numbered(2, { sessionId: 'x' }));
    const old = await client.acceptSession('s', 'x');
    const [message] = await old.receiveMessages(1, PULL);
    await broker.down();
    await broker.up();
    await until(() => old.isClosed);
    expect(await codeOf(old.completeMessage(message ?? expect.fail('no message')))).toBe('SessionLockLost');
    const again = await onceReconnected(() => client.acceptSession('s', 'x'));
    const messages = await again.receiveMessages(2, PULL);
    expect(messages.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
      [{ n: 0 }, 0],
      [{ n: 1 }, 0],
    ]);
  });

  test('L3: whoever waited for a session when the broker went is not given one afterwards', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const waiting = codeOf(aClient(broker).acceptNextSession('s'));
    await aClient(broker).createReceiver('q').peekMessages(1);
    await broker.down();
    await broker.up();
    expect(await waiting).not.toBe('no refusal');
    const client = aClient(broker);
    await client.createSender('s').sendMessages({ body: 1, sessionId: 'x' });
    expect((await client.acceptNextSession('s')).sessionId).toBe('x');
  });

  test('L3: down twice, up twice and stop twice are as once', async () => {
    const broker = await aBroker();
    await Promise.all([broker.down(), broker.down()]);
    await broker.up();
    await broker.up();
    await aClient(broker).createSender('q').sendMessages({ body: 1 });
    await broker.stop();
    await broker.stop();
  });

  test('L3: a taken port is said in plain words', async () => {
    const { port } = await aBroker();
    await expect(startBroker({ port, queues: [aQueue('q')] })).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
  });
});

describe('A7: many at once', () => {
  test('A7: 1,000 messages of 40 senders reach pulling and subscribed receivers once each', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const clients = [aClient(broker), aClient(broker), aClient(broker)];
    const seen: ServiceBusReceivedMessage[] = [];
    for (const client of clients) {
      client
        .createReceiver('q')
        .subscribe(
          { processMessage: async (message) => void seen.push(message), processError: async () => undefined },
          { maxConcurrentCalls: 3 },
        );
    }
    const pulling = clients.map((client) => pullUntil(client, seen, 1_000));
    await Promise.all(Array.from({ length: 40 }, (_, n) => sendOneByOne(clients[n % 3] ?? expect.fail(), n, 25)));
    await Promise.all(pulling);
    await until(() => broker.counts('q').active === 0);
    expect(seen).toHaveLength(1_000);
    expect(new Set(seen.map(({ messageId }) => messageId)).size).toBe(1_000);
    expect(broker.operations()).toMatchObject({ send: 1_000, complete: 1_000 });
  });

  test('A7: more than 2,048 messages go through one subscriber, since settled ones make room', async () => {
    const broker = await aBroker();
    const client = aClient(broker);
    await client.createSender('q').sendMessages(numbered(2_600));
    const seen: unknown[] = [];
    client
      .createReceiver('q')
      .subscribe(
        { processMessage: async ({ body }) => void seen.push(body), processError: async () => undefined },
        { maxConcurrentCalls: 16 },
      );
    await until(() => broker.counts('q').active === 0);
    expect(seen).toEqual(numbered(2_600).map(({ body }) => body));
  });

  test('A7: and through one receiver in receive-and-delete mode', async () => {
    const client = aClient(await aBroker());
    await client.createSender('q').sendMessages(numbered(2_600));
    const receiver = client.createReceiver('q', { receiveMode: 'receiveAndDelete' });
    const seen: unknown[] = [];
    while (seen.length < 2_600) seen.push(...bodies(await receiver.receiveMessages(1_300, PULL)));
    expect(seen).toEqual(numbered(2_600).map(({ body }) => body));
  });

  test('L3: sessions under two competing clients: one holder at a time, every message once, in order, whatever is abandoned', async () => {
    const broker = await aBroker({ queues: QUEUES });
    const clients = [aClient(broker), aClient(broker)];
    const sessions = Array.from({ length: 24 }, (_, n) => `session ${n}`);
    const total = sessions.length * 12;
    const seen = new Map<string, number[]>();
    const held = new Set<string>();
    const workers = Array.from({ length: 8 }, (_, n) =>
      workSessions(clients[n % 2] ?? expect.fail(), held, seen, total),
    );
    for (let n = 0; n < 12; n++) {
      await Promise.all(
        sessions.map((sessionId, at) =>
          (clients[at % 2] ?? expect.fail()).createSender('s').sendMessages({ body: n, sessionId }),
        ),
      );
    }
    await Promise.all(workers);
    expect(Object.fromEntries(seen)).toEqual(
      Object.fromEntries(sessions.map((id) => [id, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]])),
    );
    expect(broker.counts('s').active).toBe(0);
  });
});

/** In the moment before the client has noticed the end of its old connection, it tries that one and says "Failed to connect". */
async function onceReconnected<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'Failed to connect') throw error;
    return new Promise((resolve) => setImmediate(() => resolve(onceReconnected(call))));
  }
}

async function sendOneByOne(client: ServiceBusClient, who: number, count: number): Promise<void> {
  const sender = client.createSender('q');
  for (let n = 0; n < count; n++) await sender.sendMessages({ body: n, messageId: `${who}-${n}` });
  await sender.close();
}

/**
 * Pulls a few at a time, so that credit is given and drained over and over while messages arrive. The client closes a link
 * whose drain takes over 200 ms; on a busy machine that happens, and what was on its way comes again after its lock.
 */
async function pullUntil(client: ServiceBusClient, seen: ServiceBusReceivedMessage[], total: number): Promise<void> {
  const receiver = client.createReceiver('q');
  while (seen.length < total) {
    const messages = await receiver.receiveMessages(4, { maxWaitTimeInMs: 5 });
    seen.push(...messages);
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
  }
}

/** Accepts sessions and takes two or three messages of each; every fifth is abandoned once. */
async function workSessions(
  client: ServiceBusClient,
  held: Set<string>,
  seen: Map<string, number[]>,
  total: number,
): Promise<void> {
  const count = () => [...seen.values()].reduce((sum, { length }) => sum + length, 0);
  while (count() < total) {
    const receiver = await client.acceptNextSession('s').catch(() => undefined);
    if (!receiver) continue;
    const { sessionId } = receiver;
    expect(held.has(sessionId)).toBe(false);
    held.add(sessionId);
    for (let turn = 0; turn < 3; turn++) {
      // On a machine so busy that a drain takes over 200 ms the client closes the link; then the session is somebody else's.
      const [message] = await receiver.receiveMessages(1, SHORT_PULL).catch(() => []);
      if (!message) break;
      if (message.body % 5 === 4 && message.deliveryCount === 0) {
        await receiver.abandonMessage(message);
        continue;
      }
      seen.set(sessionId, [...(seen.get(sessionId) ?? []), message.body]);
      await receiver.completeMessage(message);
    }
    held.delete(sessionId);
    await receiver.close();
  }
}
