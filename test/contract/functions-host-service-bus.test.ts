// Service Bus functions at work, through the real client against the laptop cloud's broker: settlement, sessions, reconnection.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './functions-host.harness.ts';
import { type Stage, setStage, tag } from './functions-host.queue-stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(() => stage.stop());

test('L3: a throw abandons: the message comes back at once, counted, and is dead-lettered by the broker in the end', async () => {
  const mark = tag();
  await stage.send('plain', { body: Buffer.from(JSON.stringify({ mark, do: 'throw' })) });
  const seen = await stage.deliveries(mark, 3);
  expect(seen.map(({ metadata }) => metadata.deliveryCount)).toEqual([1, 2, 3]);
  await eventually(
    async () => stage.broker.counts('plain'),
    (counts) => counts.active === 0 && counts.deadLettered > 0,
  );
  expect(await stage.deliveries(mark, 3)).toHaveLength(3);
});

test('L3: in a session the failed message comes first again, order is kept, and other sessions go on', async () => {
  const [bad, good] = [tag(), tag()];
  const body = (mark: string, n: number, order = '') =>
    Buffer.from(JSON.stringify({ mark: `${mark}-${n}`, do: order }));
  await stage.send('sessions', [
    { body: body(bad, 1, 'throw-first'), sessionId: bad },
    { body: body(bad, 2), sessionId: bad },
    { body: body(good, 1), sessionId: good },
  ]);
  await stage.deliveries(good, 1);
  const seen = await stage.deliveries(`${bad}-`, 3);
  expect(seen.map(({ message }) => JSON.stringify(message))).toEqual([
    expect.stringContaining(`${bad}-1`),
    expect.stringContaining(`${bad}-1`),
    expect.stringContaining(`${bad}-2`),
  ]);
  await stage.isEmpty('sessions');
});

test('L3: the dead-letter queue of a session queue is read without sessions, with the source and the reason', async () => {
  const mark = tag();
  await stage.send('sessions', { body: Buffer.from(JSON.stringify({ mark, do: 'throw' })), sessionId: mark });
  const dead = await eventually(
    async () =>
      (await stage.seenBy(stage.app)).seen.filter((one) => one.queue === 'dead' && JSON.stringify(one).includes(mark)),
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
  await stage.send('sessions', messages.flat());
  const seen = await stage.deliveries(mark, 100);
  expect(seen).toHaveLength(100);
  for (const sessionId of sessions) {
    const order = seen.filter(({ metadata }) => metadata.sessionId === sessionId).map(({ message }) => message);
    expect(order).toEqual([0, 1, 2, 3, 4].map((n) => ({ of: sessionId, n, do: 'wait:5' })));
  }
  expect((await stage.seenBy(stage.app)).overlaps).toEqual([]);
  await stage.isEmpty('sessions');
});

test('L3: no more sessions at once than maxConcurrentSessions', async () => {
  const mark = tag();
  const body = Buffer.from(JSON.stringify({ mark, do: `hold:${mark}` }));
  await stage.send(
    'sessions',
    Array.from({ length: 12 }, (_, index) => ({ sessionId: `${mark}-${index}`, body })),
  );
  await stage.deliveries(mark, 8);
  // The ninth would have been there by now.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await stage.deliveries(mark, 8)).toHaveLength(8);
  await stage.release(mark);
  expect(await stage.deliveries(mark, 12)).toHaveLength(12);
});

test('L3: without autoComplete the message stays locked and comes again when its lock expires', async () => {
  const mark = tag();
  await stage.send('manual', { body: Buffer.from(mark) });
  const seen = await stage.deliveries(mark, 2);
  expect(seen.map(({ metadata }) => metadata.deliveryCount)).toEqual([1, 2]);
});

test('L3: locks are renewed while a handler works, with and without sessions', async () => {
  const mark = tag();
  const body = Buffer.from(JSON.stringify({ mark, do: 'wait:4500' }));
  await stage.send('short-lock', { body });
  await stage.send('short-session', { body, sessionId: mark });
  await stage.deliveries(mark, 2);
  await Promise.all([stage.isEmpty('short-lock'), stage.isEmpty('short-session')]);
  expect((await stage.deliveries(mark, 2)).map(({ metadata }) => metadata.deliveryCount)).toEqual([1, 1]);
});

test('L3: after the broker was away, sessions, queues and batches are served again', async () => {
  const [before, after] = [tag(), tag()];
  await stage.send('sessions', { body: Buffer.from(JSON.stringify({ mark: before })), sessionId: before });
  await stage.deliveries(before, 1);
  await stage.broker.down();
  await new Promise((resolve) => setTimeout(resolve, 700));
  await stage.broker.up();
  const body = Buffer.from(JSON.stringify({ mark: after }));
  await stage.send('sessions', { body, sessionId: after });
  for (const queue of ['plain', 'batch', 'binary']) await stage.send(queue, { body, messageId: after });
  expect(new Set((await stage.deliveries(after, 4)).map(({ queue }) => queue))).toEqual(
    new Set(['sessions', 'plain', 'batch', 'binary']),
  );
  expect(stage.app.logs().filter(({ level }) => level === 'critical')).toEqual([]);
});

test('L3: a message in hand while the connection breaks comes again, and the session is not lost for good', async () => {
  const mark = tag();
  // Held by a word and not for a time: on a slow machine it would be settled before the connection breaks.
  await stage.send('sessions', { body: Buffer.from(JSON.stringify({ mark, do: `hold:${mark}` })), sessionId: mark });
  await stage.deliveries(mark, 1);
  await stage.broker.down();
  await stage.broker.up();
  await stage.deliveries(mark, 2);
  await stage.release(mark);
  await stage.isEmpty('sessions');
});

test('L3: an idle queue costs one long poll, however many sessions are allowed', async () => {
  const asked = () =>
    stage.app.logs().filter(({ message, queue }) => message === 'waiting for a session' && queue === 'sessions').length;
  const mark = tag();
  await stage.send(
    'sessions',
    [1, 2, 3, 4, 5, 6].map((n) => ({ body: Buffer.from(mark), sessionId: `${mark}-${n}` })),
  );
  await stage.deliveries(mark, 6);
  // Polls of 2 s: those that the burst had started run out once and leave one.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const before = asked();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(asked() - before).toBeLessThanOrEqual(2);
  expect(asked() - before).toBeGreaterThanOrEqual(1);
});

test('L3: the host starts while the broker is away, and a stop gives back what is in hand', async () => {
  await stage.app.stop();
  await stage.broker.down();
  const second = await stage.startApp();
  expect((await fetch(`${second.url}/seen`)).status).toBe(200);
  await stage.broker.up();
  const mark = tag();
  await stage.send('plain', { body: Buffer.from(JSON.stringify({ mark, do: 'wait:20000' })) });
  await stage.send('sessions', { body: Buffer.from(JSON.stringify({ mark, do: 'wait:20000' })), sessionId: mark });
  await stage.deliveries(mark, 2, second);
  expect(await second.stop()).toBe(0);
  // At once, not when the locks run out after a minute.
  const plain = await stage.client.createReceiver('plain').receiveMessages(1, { maxWaitTimeInMs: 3_000 });
  const session = await (await stage.client.acceptSession('sessions', mark)).receiveMessages(1, {
    maxWaitTimeInMs: 3_000,
  });
  expect([plain.length, session.length]).toEqual([1, 1]);
});
