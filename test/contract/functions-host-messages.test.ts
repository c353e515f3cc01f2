// What a Service Bus function is given, through the real client against the laptop cloud's broker: shapes and traps.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, MASTER_KEY } from './functions-host.harness.ts';
import { type Stage, setStage, tag } from './functions-host.queue-stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(() => stage.stop());

test('L3: a JSON body is parsed, any other stays text, and the message is completed', async () => {
  const [a, b] = [tag(), tag()];
  await stage.send('plain', [
    { body: Buffer.from(JSON.stringify({ mark: a, n: 1 })) },
    { body: Buffer.from(`${b}: text`) },
  ]);
  expect((await stage.deliveries(a, 1))[0]?.message).toEqual({ mark: a, n: 1 });
  const text = await stage.deliveries(b, 1);
  expect(text[0]?.message).toBe(`${b}: text`);
  await stage.isEmpty('plain');
});

test('L3: metadata has the real host’s names and shapes; the first delivery counts as 1', async () => {
  const mark = tag();
  await stage.send('sessions', {
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
  const [first] = await stage.deliveries(mark, 1);
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
  await stage.send('plain', { body: Buffer.from(mark), messageId: '12345', correlationId: 'true', subject: '1e5' });
  const [first] = await stage.deliveries(mark, 1);
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
  await stage.send('plain', { body: Buffer.from(JSON.stringify(body)), messageId: 'real' });
  const [first] = await stage.deliveries(mark, 1);
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
  await stage.send('binary', { body: Buffer.from('{"messageId":"masked"}'), messageId: mark });
  const [first] = await stage.deliveries(mark, 1);
  expect(first?.message).toEqual({ base64: Buffer.from('{"messageId":"masked"}').toString('base64') });
});

test('L3: a body that is no UTF-8 never reaches the handler and ends in the dead-letter queue', async () => {
  const before = stage.broker.counts('plain').deadLettered;
  await stage.send('plain', { body: Buffer.from([0xff, 0xfe, 0x41]) });
  await eventually(
    async () => stage.broker.counts('plain').deadLettered,
    (count) => count === before + 1,
  );
});

test('L3: cardinality many hands over arrays, whose metadata loses empty texts', async () => {
  const mark = tag();
  await stage.send(
    'batch',
    [1, 2, 3].map((n) => ({
      body: Buffer.from(JSON.stringify({ mark, n })),
      messageId: `${mark}-${n}`,
      ...(n === 2 && { correlationId: 'only-one' }),
    })),
  );
  const batches = await eventually(
    () => stage.deliveries(mark, 1),
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
  await stage.isEmpty('batch');
});

test('L3: cardinality many with sessions keeps a batch within one session', async () => {
  const mark = tag();
  await stage.send(
    'session-batch',
    ['a', 'a', 'b'].map((session) => ({
      body: Buffer.from(JSON.stringify({ mark })),
      sessionId: `${mark}-${session}`,
    })),
  );
  const batches = await eventually(
    () => stage.deliveries(mark, 1),
    (seen) => seen.flatMap(({ message }) => message).length === 3,
  );
  for (const { metadata } of batches) expect(new Set(metadata.sessionIdArray as string[]).size).toBe(1);
});

test('L3: POST /admin/functions/{name} hands the input over as a message that no broker has seen', async () => {
  const mark = tag();
  const headers = { 'x-functions-key': MASTER_KEY, 'content-type': 'application/json' };
  const body = JSON.stringify({ input: JSON.stringify({ mark }) });
  expect((await fetch(`${stage.app.url}/admin/functions/in-sessions`, { method: 'POST', headers, body })).status).toBe(
    202,
  );
  const [first] = await stage.deliveries(mark, 1);
  expect(first?.message).toEqual({ mark });
  expect(first?.metadata).not.toHaveProperty('messageId');
});

test('L4: a missing connection and an output binding are faults of their functions only', () => {
  expect(stage.app.ready.faults).toEqual([
    { name: 'no-connection', fault: expect.stringContaining("'NobodySetThis' is missing") },
    { name: 'has-output', fault: expect.stringContaining('serviceBus') },
  ]);
});
