// The real bus client against the laptop cloud's broker: the contract, what it puts on the wire, and how it lives through faults.

import { join } from 'node:path';
import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusSessionReceiver } from '@azure/service-bus';
import { expect, onTestFinished, test } from 'vitest';
import { type Broker, startBroker } from '../../local/service-bus/broker.ts';
import { readQueuesFile } from '../../local/service-bus/queue-settings.ts';
import { ServiceBus } from '../../shared/adapters/service-bus/service-bus.ts';
import { sessionIdOf } from '../../shared/adapters/service-bus/wire-message.ts';
import { Broken, Unavailable } from '../../shared/domain/errors.ts';
import type { QueueName } from '../../shared/ports/bus.ts';
import { type FaultyLink, startFaultyLink } from '../builders/faulty-link.ts';
import { aMessage, type BusRig, busContract, type Received } from './bus-contract.ts';

const QUEUES_FILE = join(import.meta.dirname, '../../infra/queues.json');
const RECEIVER_RETRIES = { maxRetries: 5, retryDelayInMs: 20, timeoutInMs: 5_000 };

busContract('Service Bus', async () => serviceBusRig(await broker()));

async function broker(): Promise<Broker> {
  return startBroker({ port: 0, queues: await readQueuesFile(QUEUES_FILE) });
}

async function serviceBusRig(running: Broker): Promise<BusRig> {
  const bus = new ServiceBus({ connection: running.connectionString });
  const client = new ServiceBusClient(running.connectionString, { retryOptions: RECEIVER_RETRIES });
  return {
    bus,
    now: () => new Date(),
    receive: (queue, sessionId, count) => receive(client, queue, sessionId, count),
    waiting: (queue) => {
      const { active, scheduled } = running.counts(queue);
      return active + scheduled;
    },
    down: () => running.down(),
    up: () => running.up(),
    close: async () => {
      await Promise.all([bus.close(), client.close()]);
      await running.stop();
    },
  };
}

async function receive(
  client: ServiceBusClient,
  queue: QueueName,
  sessionId: string,
  count: number,
): Promise<Received[]> {
  const session = await client.acceptSession(queue, sessionIdOf(sessionId));
  try {
    const messages = await taken(session, count);
    return messages.map(({ message, at }) => receivedOf(message, sessionId, at));
  } finally {
    await session.close();
  }
}

async function taken(session: ServiceBusSessionReceiver, count: number) {
  const messages: { message: ServiceBusReceivedMessage; at: Date }[] = [];
  while (messages.length < count) {
    const batch = await session.receiveMessages(count - messages.length, { maxWaitTimeInMs: 2_000 });
    for (const message of batch) {
      messages.push({ message, at: message.enqueuedTimeUtc ?? new Date() });
      await session.completeMessage(message);
    }
  }
  return messages;
}

function receivedOf(message: ServiceBusReceivedMessage, sessionId: string, at: Date): Received {
  const id = String(message.messageId);
  const correlationId = message.correlationId === undefined ? undefined : String(message.correlationId);
  return { id, sessionId, body: message.body.lakewarden, correlationId, at };
}

/** A bus that reaches a broker over a line that can be made to fail. */
async function aFaultyBus(): Promise<{ bus: ServiceBus; link: FaultyLink; running: Broker }> {
  const running = await broker();
  const link = await startFaultyLink(running.port);
  const bus = new ServiceBus({ connection: running.connectionString.replace(`:${running.port};`, `:${link.port};`) });
  onTestFinished(async () => {
    await bus.close();
    await link.stop();
    await running.stop();
  });
  return { bus, link, running };
}

async function aBus(): Promise<{ bus: ServiceBus; running: Broker; client: ServiceBusClient; kinds: string[] }> {
  const running = await broker();
  const kinds: string[] = [];
  const bus = new ServiceBus({ connection: running.connectionString, onOperation: (kind) => kinds.push(kind) });
  const client = new ServiceBusClient(running.connectionString, { retryOptions: RECEIVER_RETRIES });
  onTestFinished(async () => {
    await Promise.all([bus.close(), client.close()]);
    await running.stop();
  });
  return { bus, running, client, kinds };
}

/** Until a send works; how many tries it took. */
async function triesUntilSent(bus: ServiceBus, limitMs: number): Promise<number> {
  const deadline = performance.now() + limitMs;
  for (let tries = 1; ; tries += 1) {
    try {
      await bus.send([aMessage({ id: `try-${tries}` })]);
      return tries;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

async function secondsOf(call: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await expect(call).rejects.toBeInstanceOf(Unavailable);
  return (performance.now() - started) / 1_000;
}

test('A5: on the wire the body stands under one member, as JSON, with ids that stay strings', async () => {
  const { bus, client } = await aBus();
  await bus.send([aMessage({ id: 'message-1', body: { deliveryCount: 7 }, correlationId: 'c-1' })]);
  const session = await client.acceptNextSession('signals');
  const [message] = await session.receiveMessages(1);
  expect(message).toMatchObject({
    body: { lakewarden: { deliveryCount: 7 } },
    contentType: 'application/json',
    messageId: 'message-1',
    sessionId: 'cluster/a',
    correlationId: 'c-1',
    applicationProperties: { schemaVersion: 1 },
  });
});

test('A5: a message id longer than the service takes is refused as a bug', async () => {
  const { bus } = await aBus();
  await expect(bus.send([aMessage({ id: 'x'.repeat(129) })])).rejects.toBeInstanceOf(Broken);
  await bus.send([aMessage({ id: 'x'.repeat(128) })]);
});

test('D3: a message that is due at no time is refused as a bug', async () => {
  const { bus } = await aBus();
  await expect(bus.send([aMessage({ dueAt: 'tomorrow' })])).rejects.toBeInstanceOf(Broken);
});

test('A7: several messages of a session go in one batch, a single one alone, scheduled ones alone', async () => {
  const { bus, kinds, running } = await aBus();
  const dueAt = new Date(Date.now() + 3_600_000).toISOString();
  await bus.send(['1', '2', '3'].map((name) => aMessage({ id: `m-${name}` })));
  await bus.send([aMessage({ queue: 'runs' })]);
  await bus.send([
    aMessage({ id: 's-1', dueAt, queue: 'messages' }),
    aMessage({ id: 's-2', dueAt, queue: 'messages' }),
  ]);
  expect(kinds).toEqual(['send-batch', 'send', 'send', 'send']);
  expect(running.counts('messages')).toMatchObject({ scheduled: 2, active: 0 });
});

test('A4: all sends of a process go over one connection', async () => {
  const { bus, link } = await aFaultyBus();
  const queues: QueueName[] = ['signals', 'runs', 'messages'];
  const sends = Array.from({ length: 30 }, (_, n) => aMessage({ id: `m-${n}`, queue: queues[n % 3] ?? 'runs' }));
  await Promise.all(sends.map((message) => bus.send([message])));
  await bus.ping();
  expect(link.connections).toBe(1);
});

test('A4: a broker that refuses, or cuts every connection at once, is unavailable within two seconds', async () => {
  const { bus, link, running } = await aFaultyBus();
  await bus.send([aMessage({ id: 'before' })]);
  link.refuse();
  expect(await secondsOf(bus.send([aMessage({ id: 'cut' })]))).toBeLessThan(2);
  await running.down();
  expect(await secondsOf(bus.send([aMessage({ id: 'gone' })]))).toBeLessThan(2);
  await running.up();
  link.mend();
  await triesUntilSent(bus, 5_000);
});

test('A4: a broker that hangs is unavailable within two seconds, with an open connection and without', async () => {
  const { bus, link } = await aFaultyBus();
  await bus.send([aMessage({ id: 'before' })]);
  link.hang();
  expect(await secondsOf(bus.send([aMessage({ id: 'hanging' })]))).toBeLessThan(2);
  expect(await secondsOf(bus.ping())).toBeLessThan(2);
  const fresh = await aFaultyBus();
  fresh.link.hang();
  expect(await secondsOf(fresh.bus.send([aMessage()]))).toBeLessThan(2);
});

test('A4: after a hang whose connections stay dead, sends work again within five seconds', async () => {
  const { bus, link, running } = await aFaultyBus();
  await bus.send([aMessage({ id: 'before' })]);
  link.hang();
  await secondsOf(bus.send([aMessage({ id: 'hanging' })]));
  link.mend();
  await triesUntilSent(bus, 5_000);
  expect(running.counts('signals').active).toBeGreaterThanOrEqual(2);
});

test('A4: when a hang began with the very first connection, sends work again within five seconds', async () => {
  const { bus, link } = await aFaultyBus();
  link.hang();
  await secondsOf(bus.send([aMessage({ id: 'hanging' })]));
  link.mend();
  await triesUntilSent(bus, 5_000);
});

test('A4: a send in the same moment as the cut of its connection is carried over to the next one', async () => {
  const { bus, link, running } = await aFaultyBus();
  await bus.send([aMessage({ id: 'before' })]);
  link.cut();
  await bus.send([aMessage({ id: 'same-moment' })]);
  expect(running.counts('signals').active).toBeGreaterThanOrEqual(2);
});

test('D3: a message whose answer was lost is sent again under the same id', async () => {
  const { bus, link, client } = await lostAnswerBus();
  await bus.send([aMessage({ id: 'before' })]);
  link.loseAnswers(/answer-is-lost/, 1);
  await bus.send([aMessage({ id: 'answer-is-lost' })]);
  const session = await client.acceptSession('signals', 'cluster/a');
  const ids = (await taken(session, 3)).map(({ message }) => message.messageId);
  expect([link.lost, ids]).toEqual([1, ['before', 'answer-is-lost', 'answer-is-lost']]);
});

async function lostAnswerBus() {
  const rig = await aFaultyBus();
  const client = new ServiceBusClient(rig.running.connectionString, { retryOptions: RECEIVER_RETRIES });
  onTestFinished(() => client.close());
  return { ...rig, client };
}

test('A4: a queue that does not exist, and a wrong key, are unavailable: a person mends them and nothing may be lost until then', async () => {
  const running = await startBroker({ port: 0, queues: [] });
  const bus = new ServiceBus({ connection: running.connectionString });
  const wrongKey = running.connectionString.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=');
  const stranger = new ServiceBus({ connection: wrongKey });
  onTestFinished(async () => {
    await Promise.all([bus.close(), stranger.close()]);
    await running.stop();
  });
  await expect(bus.send([aMessage()])).rejects.toMatchObject({ name: 'Unavailable', retryAfterSeconds: 30 });
  await expect(stranger.send([aMessage()])).rejects.toBeInstanceOf(Unavailable);
});
