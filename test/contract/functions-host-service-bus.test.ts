// Service Bus functions through the real client against the laptop cloud's broker: shapes, settlement, sessions, reconnection.
import { ServiceBusClient as Client, type ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../local/service-bus/broker.ts';
import { aQueue } from '../../local/service-bus/queue-settings.ts';
import {
  eventually,
  HOST_JSON,
  type HostedApp,
  type HostedOptions,
  hosted,
  json,
  MASTER_KEY,
} from './functions-host.harness.ts';

let broker: Broker;
let client: ServiceBusClient;
let app: HostedApp;

const QUEUES = [
  aQueue('sessions', { requiresSession: true, maxDeliveryCount: 3 }),
  aQueue('session-batch', { requiresSession: true }),
  aQueue('plain', { maxDeliveryCount: 3 }),
  aQueue('binary'),
  aQueue('batch'),
  aQueue('manual', { lockDurationSeconds: 2 }),
  aQueue('short-lock', { lockDurationSeconds: 2 }),
  aQueue('short-session', { lockDurationSeconds: 2, requiresSession: true }),
];

const HOST = {
  ...HOST_JSON,
  logging: { logLevel: { 'Host.Triggers.ServiceBus': 'Debug' } },
  extensions: {
    ...HOST_JSON.extensions,
    serviceBus: {
      maxConcurrentSessions: 8,
      maxConcurrentCalls: 4,
      sessionIdleTimeout: '00:00:00.300',
      clientRetryOptions: { tryTimeout: '00:00:02', delay: '00:00:00.050', maxDelay: '00:00:00.500', maxRetries: 10 },
    },
  },
};

function startApp(options: Partial<HostedOptions> = {}): Promise<HostedApp> {
  const settings = { ServiceBusConnection: broker.connectionString, PLAIN_QUEUE: 'plain' };
  return hosted('queues.mjs', { hostJson: HOST, settings, ...options });
}

beforeAll(async () => {
  broker = await startBroker({ port: 0, queues: QUEUES });
  client = new Client(broker.connectionString, { retryOptions: { retryDelayInMs: 50, timeoutInMs: 5_000 } });
  app = await startApp();
});

afterAll(async () => {
  await app.stop();
  await client.close();
  await broker.stop();
});

interface Seen {
  readonly queue: string;
  readonly at: number;
  readonly message: unknown;
  readonly metadata: Record<string, unknown>;
}

async function send(queue: string, messages: ServiceBusMessage | ServiceBusMessage[]): Promise<void> {
  const sender = client.createSender(queue);
  await sender.sendMessages(messages);
  await sender.close();
}

async function seenBy(host: HostedApp): Promise<{ seen: Seen[]; overlaps: string[] }> {
  return json(await fetch(`${host.url}/seen`));
}

let tags = 0;

/** A mark that no other test uses and that does not parse as JSON. */
function tag(): string {
  tags += 1;
  return `tag-${tags}`;
}

/** Waits for `count` deliveries whose text contains the mark. */
function deliveries(mark: string, count: number, host = app): Promise<Seen[]> {
  return eventually(
    async () => (await seenBy(host)).seen.filter((one) => JSON.stringify(one).includes(`"${mark}`)),
    (seen) => seen.length >= count,
  );
}

function isEmpty(queue: string): Promise<unknown> {
  return eventually(
    async () => broker.counts(queue),
    (counts) => counts.active === 0,
  );
}

test('L3: a JSON body is parsed, any other stays text, and the message is completed', async () => {
  const [a, b] = [tag(), tag()];
  await send('plain', [{ body: Buffer.from(JSON.stringify({ mark: a, n: 1 })) }, { body: Buffer.from(`${b}: text`) }]);
  expect((await deliveries(a, 1))[0]?.message).toEqual({ mark: a, n: 1 });
  const text = await deliveries(b, 1);
  expect(text[0]?.message).toBe(`${b}: text`);
  await isEmpty('plain');
});

test('L3: metadata has the real host’s names and shapes; the first delivery counts as 1', async () => {
  const mark = tag();
  await send('sessions', {
    body: Buffer.from('no json'),
    messageId: `m-${mark}`,
    sessionId: mark,
    correlationId: 'c-1',
    subject: 'about',
    contentType: 'text/plain',
    replyTo: 'r-1',
    to: 't-1',
    timeToLive: 60_000,
    applicationProperties: { TraceId: 'abc', count: 2 },
  });
  const [first] = await deliveries(mark, 1);
  expect(first?.metadata).toMatchObject({
    messageId: `m-${mark}`,
    sessionId: mark,
    correlationId: 'c-1',
    subject: 'about',
    label: 'about',
    contentType: 'text/plain',
    replyTo: 'r-1',
    to: 't-1',
    deliveryCount: 1,
    sequenceNumber: expect.any(Number),
    lockToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
    enqueuedTimeUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    enqueuedTime: expect.stringMatching(/\+00:00$/),
    expiresAtUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    // The library lowers the first letter of every key.
    applicationProperties: { traceId: 'abc', count: 2 },
    userProperties: { traceId: 'abc', count: 2 },
  });
  expect(first?.metadata).not.toHaveProperty('deadLetterSource');
});

test('L3: trap: ids that are JSON do not stay texts', async () => {
  const mark = tag();
  await send('plain', { body: Buffer.from(mark), messageId: '12345', correlationId: 'true', subject: '1e5' });
  const [first] = await deliveries(mark, 1);
  expect(first?.metadata).toMatchObject({ messageId: 12345, correlationId: true, subject: 100_000 });
});

test('L3: trap: top-level members of the body mask metadata, as texts, whatever their case', async () => {
  const mark = tag();
  const body = {
    mark,
    messageid: 'masked',
    DELIVERYCOUNT: 77,
    flag: true,
    list: [1],
    inner: { a: 1 },
    at: '2026-11-20T13:37:05Z',
    none: null,
  };
  await send('plain', { body: Buffer.from(JSON.stringify(body)), messageId: 'real' });
  const [first] = await deliveries(mark, 1);
  expect(first?.metadata).toMatchObject({
    messageId: 'masked',
    deliveryCount: 77,
    flag: 'True',
    inner: { a: 1 },
    at: '11/20/2026 13:37:05',
  });
  expect(first?.metadata).not.toHaveProperty('list');
  expect(first?.metadata).not.toHaveProperty('none');
});

test('L3: dataType binary gives bytes and merges nothing', async () => {
  const mark = tag();
  await send('binary', { body: Buffer.from('{"messageId":"masked"}'), messageId: mark });
  const [first] = await deliveries(mark, 1);
  expect(first?.message).toEqual({ base64: Buffer.from('{"messageId":"masked"}').toString('base64') });
});

test('L3: a body that is no UTF-8 never reaches the handler and ends in the dead-letter queue', async () => {
  const before = broker.counts('plain').deadLettered;
  await send('plain', { body: Buffer.from([0xff, 0xfe, 0x41]) });
  await eventually(
    async () => broker.counts('plain').deadLettered,
    (count) => count === before + 1,
  );
});

test('L3: a throw abandons: the message comes back at once, counted, and is dead-lettered by the broker in the end', async () => {
  const mark = tag();
  await send('plain', { body: Buffer.from(JSON.stringify({ mark, do: 'throw' })) });
  const seen = await deliveries(mark, 3);
  expect(seen.map(({ metadata }) => metadata.deliveryCount)).toEqual([1, 2, 3]);
  await eventually(
    async () => broker.counts('plain'),
    (counts) => counts.active === 0 && counts.deadLettered > 0,
  );
  expect(await deliveries(mark, 3)).toHaveLength(3);
});

test('L3: in a session the failed message comes first again, order is kept, and other sessions go on', async () => {
  const [bad, good] = [tag(), tag()];
  const body = (mark: string, n: number, order = '') =>
    Buffer.from(JSON.stringify({ mark: `${mark}-${n}`, do: order }));
  await send('sessions', [
    { body: body(bad, 1, 'throw-first'), sessionId: bad },
    { body: body(bad, 2), sessionId: bad },
    { body: body(good, 1), sessionId: good },
  ]);
  await deliveries(good, 1);
  const seen = await deliveries(`${bad}-`, 3);
  expect(seen.map(({ message }) => JSON.stringify(message))).toEqual([
    expect.stringContaining(`${bad}-1`),
    expect.stringContaining(`${bad}-1`),
    expect.stringContaining(`${bad}-2`),
  ]);
  await isEmpty('sessions');
});

test('L3: the dead-letter queue of a session queue is read without sessions, with the source and the reason', async () => {
  const mark = tag();
  await send('sessions', { body: Buffer.from(JSON.stringify({ mark, do: 'throw' })), sessionId: mark });
  const dead = await eventually(
    async () => (await seenBy(app)).seen.filter((one) => one.queue === 'dead' && JSON.stringify(one).includes(mark)),
    (seen) => seen.length > 0,
  );
  expect(dead[0]?.metadata).toMatchObject({
    deadLetterSource: 'sessions',
    applicationProperties: { deadLetterReason: 'MaxDeliveryCountExceeded' },
  });
});

test('A7: many sessions at once, each in order and never twice at the same time', async () => {
  const mark = tag();
  const sessions = Array.from({ length: 20 }, (_, index) => `${mark}-s${index}`);
  const messages = Array.from({ length: 5 }, (_, n) =>
    sessions.map((sessionId) => ({ sessionId, body: Buffer.from(JSON.stringify({ of: sessionId, n, do: 'wait:5' })) })),
  );
  await send('sessions', messages.flat());
  const seen = await deliveries(mark, 100);
  expect(seen).toHaveLength(100);
  for (const sessionId of sessions) {
    const order = seen.filter(({ metadata }) => metadata.sessionId === sessionId).map(({ message }) => message);
    expect(order).toEqual([0, 1, 2, 3, 4].map((n) => ({ of: sessionId, n, do: 'wait:5' })));
  }
  expect((await seenBy(app)).overlaps).toEqual([]);
  await isEmpty('sessions');
});

test('L3: no more sessions at once than maxConcurrentSessions', async () => {
  const mark = tag();
  const body = Buffer.from(JSON.stringify({ mark, do: 'hold' }));
  await send(
    'sessions',
    Array.from({ length: 12 }, (_, index) => ({ sessionId: `${mark}-${index}`, body })),
  );
  await deliveries(mark, 8);
  // The ninth would have been there by now.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await deliveries(mark, 8)).toHaveLength(8);
  await fetch(`${app.url}/release`);
  expect(await deliveries(mark, 12)).toHaveLength(12);
});

test('L3: cardinality many hands over arrays, whose metadata loses empty texts', async () => {
  const mark = tag();
  await send(
    'batch',
    [1, 2, 3].map((n) => ({
      body: Buffer.from(JSON.stringify({ mark, n })),
      messageId: `${mark}-${n}`,
      ...(n === 2 && { correlationId: 'only-one' }),
    })),
  );
  const batches = await eventually(
    () => deliveries(mark, 1),
    (seen) => seen.flatMap(({ message }) => message).length === 3,
  );
  const [batch] = batches;
  expect(batches).toHaveLength(1);
  expect(batch?.message).toEqual([1, 2, 3].map((n) => ({ mark, n })));
  expect(batch?.metadata).toMatchObject({
    messageIdArray: [`${mark}-1`, `${mark}-2`, `${mark}-3`],
    correlationIdArray: ['only-one'],
    deliveryCountArray: [1, 1, 1],
    sequenceNumberArray: [expect.any(Number), expect.any(Number), expect.any(Number)],
    applicationPropertiesArray: [{}, {}, {}],
  });
  expect(batch?.metadata).not.toHaveProperty('messageId');
  await isEmpty('batch');
});

test('L3: cardinality many with sessions keeps a batch within one session', async () => {
  const mark = tag();
  await send(
    'session-batch',
    ['a', 'a', 'b'].map((session) => ({
      body: Buffer.from(JSON.stringify({ mark })),
      sessionId: `${mark}-${session}`,
    })),
  );
  const batches = await eventually(
    () => deliveries(mark, 1),
    (seen) => seen.flatMap(({ message }) => message).length === 3,
  );
  for (const { metadata } of batches) expect(new Set(metadata.sessionIdArray as string[]).size).toBe(1);
});

test('L3: without autoComplete the message stays locked and comes again when its lock expires', async () => {
  const mark = tag();
  await send('manual', { body: Buffer.from(mark) });
  const seen = await deliveries(mark, 2);
  expect(seen.map(({ metadata }) => metadata.deliveryCount)).toEqual([1, 2]);
});

test('L3: locks are renewed while a handler works, with and without sessions', async () => {
  const mark = tag();
  const body = Buffer.from(JSON.stringify({ mark, do: 'wait:4500' }));
  await send('short-lock', { body });
  await send('short-session', { body, sessionId: mark });
  await deliveries(mark, 2);
  await Promise.all([isEmpty('short-lock'), isEmpty('short-session')]);
  expect((await deliveries(mark, 2)).map(({ metadata }) => metadata.deliveryCount)).toEqual([1, 1]);
});

test('L3: POST /admin/functions/{name} hands the input over as a message that no broker has seen', async () => {
  const mark = tag();
  const headers = { 'x-functions-key': MASTER_KEY, 'content-type': 'application/json' };
  const body = JSON.stringify({ input: JSON.stringify({ mark }) });
  expect((await fetch(`${app.url}/admin/functions/in-sessions`, { method: 'POST', headers, body })).status).toBe(202);
  const [first] = await deliveries(mark, 1);
  expect(first?.message).toEqual({ mark });
  expect(first?.metadata).not.toHaveProperty('messageId');
});

test('L4: a missing connection and an output binding are faults of their functions only', () => {
  expect(app.ready.faults).toEqual([
    { name: 'no-connection', fault: expect.stringContaining("'NobodySetThis' is missing") },
    { name: 'has-output', fault: expect.stringContaining('serviceBus') },
  ]);
});

test('L3: after the broker was away, sessions, queues and batches are served again', async () => {
  const [before, after] = [tag(), tag()];
  await send('sessions', { body: Buffer.from(JSON.stringify({ mark: before })), sessionId: before });
  await deliveries(before, 1);
  await broker.down();
  await new Promise((resolve) => setTimeout(resolve, 700));
  await broker.up();
  const body = Buffer.from(JSON.stringify({ mark: after }));
  await send('sessions', { body, sessionId: after });
  for (const queue of ['plain', 'batch', 'binary']) await send(queue, { body, messageId: after });
  expect(new Set((await deliveries(after, 4)).map(({ queue }) => queue))).toEqual(
    new Set(['sessions', 'plain', 'batch', 'binary']),
  );
  expect(app.logs().filter(({ level }) => level === 'critical')).toEqual([]);
});

test('L3: a message in hand while the connection breaks comes again, and the session is not lost for good', async () => {
  const mark = tag();
  await send('sessions', { body: Buffer.from(JSON.stringify({ mark, do: 'wait:500' })), sessionId: mark });
  await deliveries(mark, 1);
  await broker.down();
  await broker.up();
  await deliveries(mark, 2);
  await isEmpty('sessions');
});

test('L3: an idle queue costs one long poll, however many sessions are allowed', async () => {
  const asked = () =>
    app.logs().filter(({ message, queue }) => message === 'waiting for a session' && queue === 'sessions').length;
  const mark = tag();
  await send(
    'sessions',
    [1, 2, 3, 4, 5, 6].map((n) => ({ body: Buffer.from(mark), sessionId: `${mark}-${n}` })),
  );
  await deliveries(mark, 6);
  // Polls of 2 s: those that the burst had started run out once and leave one.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const before = asked();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(asked() - before).toBeLessThanOrEqual(2);
  expect(asked() - before).toBeGreaterThanOrEqual(1);
});

test('L3: the host starts while the broker is away, and a stop gives back what is in hand', async () => {
  await app.stop();
  await broker.down();
  const second = await startApp();
  expect((await fetch(`${second.url}/seen`)).status).toBe(200);
  await broker.up();
  const mark = tag();
  await send('plain', { body: Buffer.from(JSON.stringify({ mark, do: 'wait:20000' })) });
  await send('sessions', { body: Buffer.from(JSON.stringify({ mark, do: 'wait:20000' })), sessionId: mark });
  await deliveries(mark, 2, second);
  expect(await second.stop()).toBe(0);
  // At once, not when the locks run out after a minute.
  const plain = await client.createReceiver('plain').receiveMessages(1, { maxWaitTimeInMs: 3_000 });
  const session = await (await client.acceptSession('sessions', mark)).receiveMessages(1, { maxWaitTimeInMs: 3_000 });
  expect([plain.length, session.length]).toEqual([1, 1]);
});
