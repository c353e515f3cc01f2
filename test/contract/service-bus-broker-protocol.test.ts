import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { ServiceBusClient } from '@azure/service-bus';
import rhea, { type Connection, type EventContext, type Receiver, type ReceiverOptions } from 'rhea';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../local/service-bus/broker.ts';
import { aQueue } from '../../local/service-bus/queue-settings.ts';
import { aBroker, aClient, codeOf, numbered, until } from './service-bus-broker.stage.ts';

const EMPTY_FRAME = Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]);
const KEY = 'a key of this test';

/** A connection that has put a token for the whole namespace. */
async function connect({ port }: Broker): Promise<Connection> {
  const container = rhea.create_container();
  const connection = container.connect({ port, host: '127.0.0.1', username: 'local', reconnect: false });
  connection.on('connection_error', () => undefined);
  connection.on('disconnected', () => undefined);
  onTestFinished(() => connection.close());
  await once(connection, 'connection_open');
  await putToken(connection, signed(`sb://127.0.0.1:${port}/`));
  return connection;
}

function signed(resource: string, key = KEY, expiry = Math.floor(Date.now() / 1_000) + 60): string {
  const scope = encodeURIComponent(resource);
  const signature = createHmac('sha256', key).update(`${scope}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${scope}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=local`;
}

async function putToken(connection: Connection, token: string, audience = 'sb://127.0.0.1/'): Promise<unknown> {
  const session = connection.create_session();
  session.begin();
  const replyTo = rhea.generate_uuid();
  const replies = session.attach_receiver({ name: replyTo, source: { address: '$cbs' } });
  await once(replies, 'receiver_open');
  const requests = session.attach_sender({ target: { address: '$cbs' } });
  await once(requests, 'sendable');
  const application_properties = { operation: 'put-token', name: audience, type: 'servicebus.windows.net:sastoken' };
  requests.send({ message_id: 'one', reply_to: replyTo, application_properties, body: token });
  const [{ message }] = await once(replies, 'message');
  return message.application_properties['status-code'];
}

function attach(connection: Connection, options: ReceiverOptions, window?: number): Receiver {
  const session = connection.create_session(window);
  session.begin();
  return session.attach_receiver({ credit_window: 0, autoaccept: false, ...options });
}

describe('L3: what the wire shows', () => {
  test('L3: a frame that needs no answer is answered by an empty one, which carries the acknowledgement', async () => {
    const connection = await connect(await aBroker({ sharedAccessKey: KEY }));
    const receiver = attach(connection, { source: { address: 'q' } });
    await once(receiver, 'receiver_open');
    // The client's sockets wait for it by Nagle's algorithm, up to the 40 ms that Linux delays a bare acknowledgement.
    receiver.add_credit(1);
    const [bytes] = await once(connection.socket, 'data');
    expect(bytes).toEqual(EMPTY_FRAME);
  });

  test('L3: what is answered anyway gets no empty frame', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY });
    const connection = await connect(broker);
    const session = connection.create_session();
    session.begin();
    const sender = session.attach_sender({ target: { address: 'q' } });
    await once(sender, 'sendable');
    const received: Buffer[] = [];
    connection.socket.on('data', (bytes: Buffer) => received.push(bytes));
    sender.send({ body: 'x' });
    await once(sender, 'accepted');
    expect(Buffer.concat(received).includes(EMPTY_FRAME)).toBe(false);
  });

  test('L3: going down is said by a close frame, amqp:connection:forced, before the socket ends', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY });
    const connection = await connect(broker);
    const told = once(connection, 'connection_close');
    await broker.down();
    const [{ connection: closed }] = await told;
    expect(closed.error).toMatchObject({ condition: 'amqp:connection:forced' });
  });

  test('L3: a client that does not answer the close frame is cut off', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY });
    const connection = await connect(broker);
    connection.socket.pause();
    await broker.down();
    expect(broker.port).toBeGreaterThan(0);
  });

  test('L3: a drain is answered, also when the credit has been used up meanwhile', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY });
    const receiver = attach(await connect(broker), { source: { address: 'q' } });
    await once(receiver, 'receiver_open');
    for (const sent of [0, 3, 5]) {
      if (sent > 0) await aClient(broker).createSender('q').sendMessages(numbered(sent));
      let arrived = 0;
      receiver.on('message', () => arrived++);
      const drained = once(receiver, 'receiver_drained');
      receiver.add_credit(3);
      receiver.drain_credit();
      await drained;
      expect(arrived).toBe(Math.min(sent, 3));
      receiver.drain = false;
      receiver.removeAllListeners('message');
    }
  });

  test('L3: a drain waits for messages that the window of the peer still holds up', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY });
    await aClient(broker).createSender('q').sendMessages(numbered(10));
    const connection = await connect(broker);
    // The client has room for four transfers at a time.
    const receiver = attach(connection, { source: { address: 'q' }, autoaccept: true }, 4);
    await once(receiver, 'receiver_open');
    let arrived = 0;
    receiver.on('message', () => arrived++);
    const drained = once(receiver, 'receiver_drained');
    receiver.add_credit(10);
    receiver.drain_credit();
    await drained;
    expect(arrived).toBe(10);
  });

  test('L3: types that JavaScript does not tell apart arrive as they were sent', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY });
    const connection = await connect(broker);
    const session = connection.create_session();
    session.begin();
    const sender = session.attach_sender({ target: { address: 'q' } });
    await once(sender, 'sendable');
    const { types } = rhea;
    const big = Buffer.from('7fffffffffffffff', 'hex');
    const uuid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const exact = { ulong: types.wrap_ulong(big), uuid: types.wrap_uuid(uuid), float: types.wrap_float(0.5) };
    const bytes = rhea.message.encode({ message_id: 'm', application_properties: exact, body: types.wrap_ulong(7) });
    sender.send(bytes, undefined, 0);
    await once(sender, 'accepted');
    // Decoding would hide the types, so the bytes themselves are looked for in what comes over the socket.
    const chunks: Buffer[] = [];
    connection.socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const receiver = attach(connection, { source: { address: 'q' } });
    receiver.add_credit(1);
    await once(receiver, 'message');
    const bare = bytes.subarray(bytes.indexOf(Buffer.from([0, 0x53, 0x73])));
    expect(Buffer.concat(chunks).includes(bare)).toBe(true);
  });

  test('L3: a transfer that is no AMQP message, or of an unknown format, is rejected and harms nobody', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY });
    const session = (await connect(broker)).create_session();
    session.begin();
    const sender = session.attach_sender({ target: { address: 'q' } });
    await once(sender, 'sendable');
    const refused: unknown[] = [];
    sender.on('rejected', ({ delivery }: EventContext) => refused.push(delivery?.remote_state?.error?.condition));
    sender.send(Buffer.from('not AMQP at all'), undefined, 0);
    sender.send(Buffer.alloc(0), undefined, 0x80013700);
    sender.send(rhea.message.encode({ body: 1 }), undefined, 0x1234);
    sender.send({ body: 'fine' });
    await once(sender, 'accepted');
    expect(refused).toEqual(['amqp:decode-error', 'amqp:decode-error', 'amqp:not-implemented']);
    expect(broker.counts('q').active).toBe(1);
  });

  test('L3: a refused message between accepted ones of the same moment is reported as refused, and only that one', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY });
    const session = (await connect(broker)).create_session();
    session.begin();
    const sender = session.attach_sender({ target: { address: 'q' } });
    await once(sender, 'sendable');
    const outcomes = new Map<unknown, string>();
    for (const outcome of ['accepted', 'rejected']) {
      sender.on(outcome, ({ delivery }: EventContext) => outcomes.set(delivery?.id, outcome));
    }
    const tooLarge = 'x'.repeat(262_144);
    for (const body of ['a', tooLarge, 'b', 'c', tooLarge, tooLarge, 'd']) sender.send({ body });
    await until(() => outcomes.size === 7);
    const [yes, no] = ['accepted', 'rejected'];
    expect([...outcomes].toSorted().map(([, outcome]) => outcome)).toEqual([yes, no, yes, yes, no, no, yes]);
    expect(broker.counts('q').active).toBe(4);
  });

  test('L3: a socket that breaks frees the session it held', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY, queues: [aQueue('s', { requiresSession: true })] });
    const connection = await connect(broker);
    const filter = { 'com.microsoft:session-filter': 'x' };
    await once(attach(connection, { source: { address: 's', filter } }), 'receiver_open');
    const client = aClient(broker);
    expect(await codeOf(client.acceptSession('s', 'x'))).toBe('SessionCannotBeLocked');
    connection.socket.destroy();
    await until(() => codeOf(client.acceptSession('s', 'x')).then((code) => code === 'no refusal'));
  });
});

describe('A3: shared access keys', () => {
  test('A3: another key is UnauthorizedAccess, for sending, receiving and managing', async () => {
    const { connectionString } = await aBroker({ sharedAccessKey: KEY });
    const wrong = { connectionString: connectionString.replace(KEY, 'another') };
    const client = new ServiceBusClient(wrong.connectionString, { retryOptions: { maxRetries: 0 } });
    onTestFinished(() => client.close());
    expect(await codeOf(client.createSender('q').sendMessages({ body: 1 }))).toBe('UnauthorizedAccess');
    expect(await codeOf(client.createReceiver('q').receiveMessages(1))).toBe('UnauthorizedAccess');
    expect(await codeOf(client.createReceiver('q').peekMessages(1))).toBe('UnauthorizedAccess');
  });

  test('A3: each broker has a key of its own unless it is given one', async () => {
    const [one, other] = [await aBroker(), await aBroker()];
    const keyOf = ({ connectionString }: Broker) => /SharedAccessKey=([^;]+)/.exec(connectionString)?.[1];
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  test('A3: a token must be signed, unexpired and cover what is asked for', async () => {
    const broker = await aBroker({ sharedAccessKey: KEY });
    const connection = await connect(broker);
    const here = 'sb://127.0.0.1/';
    expect(await putToken(connection, signed(`${here}q`), `${here}q`)).toBe(202);
    expect(await putToken(connection, signed(`${here}q`), `${here}q/$management`)).toBe(202);
    expect(await putToken(connection, signed(`${here}q`), `${here}queue`)).toBe(401);
    expect(await putToken(connection, signed(`${here}q`), here)).toBe(401);
    expect(await putToken(connection, signed(`${here}q`, 'another'), `${here}q`)).toBe(401);
    expect(await putToken(connection, signed(`${here}q`, KEY, 1), `${here}q`)).toBe(401);
    expect(await putToken(connection, 'nonsense', `${here}q`)).toBe(401);
  });

  test('A3: a link without a token for its entity is refused', async () => {
    const { port } = await aBroker({ sharedAccessKey: KEY });
    const connection = rhea
      .create_container()
      .connect({ port, host: '127.0.0.1', username: 'local', reconnect: false });
    onTestFinished(() => connection.close());
    const receiver = attach(connection, { source: { address: 'q' } });
    const [{ receiver: refused }] = await once(receiver, 'receiver_close');
    expect(refused.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  });
});
