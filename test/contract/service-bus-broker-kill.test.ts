// The durable broker as a process that is killed with SIGKILL and started again in its folder, under the real @azure/service-bus.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { aClient, codeOf, numbered, PULL, until } from './service-bus-broker.stage.ts';

const MAIN = join(import.meta.dirname, '../../local/service-bus/main.ts');
const KEY = 'a key of this test';
const DEAD = { subQueueType: 'deadLetter' } as const;
const TABLE = {
  defaults: { requiresSession: false, maxDeliveryCount: 80 },
  queues: {
    q: {},
    s: { requiresSession: true },
    once: { requiresDuplicateDetection: true },
  },
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'broker-'));
  writeFileSync(join(dir, 'queues.json'), JSON.stringify(TABLE));
  onTestFinished(() => rmSync(dir, { recursive: true }));
});

/** A broker that lives through several processes, on one port. */
class KilledBroker {
  #child: ChildProcess | undefined;
  #port = 0;
  connectionString = '';

  static async start(): Promise<KilledBroker> {
    const broker = new KilledBroker();
    onTestFinished(() => broker.#kill());
    await broker.#start();
    return broker;
  }

  /** Kills it as it is, and has it back. */
  async killed(): Promise<void> {
    await this.#kill();
    await this.#start();
  }

  async counts(queue: string): Promise<unknown> {
    this.#child?.send({ kind: 'control', id: 1, op: 'counts' });
    const [{ result }] = await once(this.#child ?? expect.fail('no process'), 'message');
    return result[queue];
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  async #start(): Promise<void> {
    const options = {
      port: this.#port,
      queuesFile: join(dir, 'queues.json'),
      sharedAccessKey: KEY,
      durableDir: join(dir, 'broker'),
    };
    const env = { PATH: process.env.PATH, LAKEWARDEN_CHILD: JSON.stringify(options) };
    const child = fork(MAIN, { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child = child;
    const [ready] = await once(child, 'message');
    expect(ready).toMatchObject({ kind: 'ready' });
    this.#port = ready.port;
    this.connectionString = ready.connectionString;
  }
}

async function one(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
  const [message] = await receiver.receiveMessages(1, PULL);
  return message ?? expect.fail('no message');
}

describe('A4: the broker is killed with SIGKILL', () => {
  test('A4: between every two steps of a client, and each goes on where the last one ended', async () => {
    const broker = await KilledBroker.start();
    /** A fresh client for each step: the old one has lost its connection, as the broker its locks. */
    const client = () => aClient(broker);
    await client()
      .createSender('q')
      .sendMessages([{ body: 'first', applicationProperties: { kept: 'k' } }, { body: 'second' }]);
    await broker.killed();

    let receiver = client().createReceiver('q');
    const first = await one(receiver);
    await receiver.abandonMessage(first, { tries: 1 });
    await broker.killed();

    receiver = client().createReceiver('q');
    const again = await one(receiver);
    expect(again).toMatchObject({ body: 'first', deliveryCount: 1, applicationProperties: { kept: 'k', tries: 1 } });
    expect(again.sequenceNumber).toEqual(first.sequenceNumber);
    await receiver.deferMessage(again, { why: 'later' });
    await broker.killed();

    receiver = client().createReceiver('q');
    const [deferred] = await receiver.receiveDeferredMessages(again.sequenceNumber ?? expect.fail('no number'));
    expect(deferred?.applicationProperties).toEqual({ kept: 'k', tries: 1, why: 'later' });
    await receiver.completeMessage(deferred ?? expect.fail('no message'));
    await receiver.deadLetterMessage(await one(receiver), { deadLetterReason: 'R', deadLetterErrorDescription: 'D' });
    const at = new Date(Date.now() + 86_400_000);
    const [cancelled, kept] = await client().createSender('q').scheduleMessages(numbered(2), at);
    await broker.killed();

    await client()
      .createSender('q')
      .cancelScheduledMessages(cancelled ?? expect.fail('no number'));
    const dead = await one(client().createReceiver('q', DEAD));
    expect(dead).toMatchObject({ body: 'second', deadLetterReason: 'R', deadLetterSource: 'q', deliveryCount: 0 });
    await broker.killed();

    expect(await broker.counts('q')).toEqual({ active: 0, scheduled: 1, deferred: 0, deadLettered: 1 });
    const sender = client().createSender('q');
    expect(await codeOf(sender.cancelScheduledMessages(cancelled ?? expect.fail('no number')))).toBe('MessageNotFound');
    await sender.cancelScheduledMessages(kept ?? expect.fail('no number'));
  });

  test('A4: session states, the order within a session and what was sent before are kept; nobody holds a session any more', async () => {
    const broker = await KilledBroker.start();
    const client = aClient(broker);
    await client.createSender('s').sendMessages(numbered(3, { sessionId: 'x' }));
    await client.createSender('once').sendMessages({ body: 1, messageId: 'id' });
    const holder = await client.acceptSession('s', 'x');
    await holder.setSessionState({ at: 2 });
    const [message] = await holder.receiveMessages(2, PULL);
    await holder.completeMessage(message ?? expect.fail('no message'));
    await broker.killed();
    const next = aClient(broker);
    const again = await next.acceptNextSession('s');
    expect([again.sessionId, await again.getSessionState()]).toEqual(['x', { at: 2 }]);
    const messages = await again.receiveMessages(2, PULL);
    expect(messages.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
      [{ n: 1 }, 0],
      [{ n: 2 }, 0],
    ]);
    await next.createSender('once').sendMessages({ body: 2, messageId: 'id' });
    expect(await broker.counts('once')).toMatchObject({ active: 1 });
  });

  test('D3: with 200 accepted, while more are being sent: every accepted one is there once, counts kept, scheduled ones due in time', async () => {
    const broker = await KilledBroker.start();
    // A client that sends again what was not answered would make a second message of one that was accepted.
    const client = aClient(broker, 5_000, 0);
    const sender = client.createSender('q');
    const dueMs = Date.now() + 2_500;
    await sender.scheduleMessages(
      numbered(20).map((message) => ({ ...message, messageId: `later-${message.messageId}` })),
      new Date(dueMs),
    );
    await sender.sendMessages(numbered(3).map((message) => ({ ...message, messageId: `tried-${message.messageId}` })));
    const receiver = client.createReceiver('q');
    for (const message of await receiver.receiveMessages(3, PULL)) await receiver.abandonMessage(message);
    const accepted = new Set<string>();
    const sending = Array.from({ length: 600 }, async (_, n) => {
      const messageId = `m${n}`;
      await sender.sendMessages({ body: n, messageId }).then(
        () => accepted.add(messageId),
        // Refused, or its answer was lost: it may be there or not.
        () => undefined,
      );
    });
    await until(() => accepted.size >= 200);
    await broker.killed();
    await Promise.all(sending);

    const seen: { id: string; at: number; count: number | undefined }[] = [];
    const drain = aClient(broker).createReceiver('q');
    drain.subscribe({
      async processMessage({ messageId, deliveryCount }) {
        seen.push({ id: String(messageId), at: Date.now(), count: deliveryCount });
      },
      processError: async () => undefined,
    });
    await until(async () => Object.values((await broker.counts('q')) ?? {}).every((count) => count === 0));
    const ids = seen.map(({ id }) => id);
    expect(ids).toHaveLength(new Set(ids).size);
    expect(accepted.size).toBeGreaterThanOrEqual(200);
    expect([...accepted].filter((id) => !ids.includes(id))).toEqual([]);
    expect(seen.filter(({ id }) => id.startsWith('tried')).map(({ count }) => count)).toEqual([1, 1, 1]);
    const late = seen.filter(({ id }) => id.startsWith('later'));
    expect(late).toHaveLength(20);
    expect(late.filter(({ at }) => at < dueMs)).toEqual([]);
  });
});
