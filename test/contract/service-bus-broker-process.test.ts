// The broker as a process of the laptop cloud: its settings, its orders, its end. And the clock it runs on.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../local/service-bus/clock.ts';
import { readQueueSettings, readQueuesFile } from '../../local/service-bus/queue-settings.ts';
import { aClient, codeOf, PULL, until } from './service-bus-broker.stage.ts';

const KEY = 'a key of this test';

describe('L4: queue settings', () => {
  test('L4: the one table of queues is read', async () => {
    const queues = await readQueuesFile(join(import.meta.dirname, '../../infra/queues.json'));
    expect(queues.map(({ name }) => name)).toEqual(['signals', 'runs', 'messages']);
    expect(queues[0]).toMatchObject({
      requiresSession: true,
      lockDurationSeconds: 60,
      maxDeliveryCount: 80,
      maxMessageSizeKilobytes: 256,
    });
  });

  test('L4: every fault is said at once', () => {
    const table = {
      defaults: { lockDurationSeconds: 301, requireSession: true },
      queues: { a: { maxDeliveryCount: 0 }, b: 5 },
    };
    expect(faultsOf(table)).toEqual([
      'defaults.requireSession: the broker knows no such setting',
      'defaults.lockDurationSeconds: must be a number above 0 and at most 300',
      'a.maxDeliveryCount: must be a number above 0 and at most 2000',
      'b: must be an object',
    ]);
    expect(faultsOf({})).toEqual(['queues: at least one queue is needed']);
  });
});

describe('L3: the broker as a process', () => {
  test('L3: it reports ready, serves, takes its orders, and ends with its parent', async () => {
    const child = forkBroker({
      port: 0,
      queuesFile: join(import.meta.dirname, '../../infra/queues.json'),
      timeScale: 30,
      sharedAccessKey: KEY,
    });
    const [ready] = await once(child, 'message');
    expect(ready).toMatchObject({ kind: 'ready', connectionString: expect.stringContaining(`:${ready.port};`) });
    const client = aClient(ready);
    const sender = client.createSender('signals');
    await sender.sendMessages({ body: 1, sessionId: 'x' });
    expect(await order('counts')).toMatchObject({ signals: { active: 1 }, runs: { active: 0 } });
    await order('down');
    expect(await codeOf(sender.sendMessages({ body: 2, sessionId: 'x' }))).not.toBe('no refusal');
    await order('up');
    await order('down', { forMs: 50 });
    await until(() => codeOf(sender.sendMessages({ body: 2, sessionId: 'x' })).then((code) => code === 'no refusal'));
    expect(await order('operations')).toMatchObject({ send: expect.any(Number) });
    await expect(order('dance')).rejects.toThrow("knows no order 'dance'");
    const receiver = await client.acceptNextSession('signals');
    expect(await receiver.receiveMessages(1, PULL)).toHaveLength(1);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);

    async function order(op: string, args: Record<string, unknown> = {}): Promise<unknown> {
      child.send({ kind: 'control', id: 1, op, ...args });
      const [{ result, error }] = await once(child, 'message');
      if (error) throw new Error(error);
      return result;
    }
  });

  test('L4: it does not start with a broken table, and says everything that is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'broker-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const queuesFile = join(folder, 'queues.json');
    await writeFile(
      queuesFile,
      JSON.stringify({ queues: { a: { lockDurationSeconds: -1, maxDeliveryCount: 'many' } } }),
    );
    const child = forkBroker({ port: 0, queuesFile });
    const exit = once(child, 'exit');
    const [failed] = await once(child, 'message');
    expect(failed).toMatchObject({
      kind: 'failed',
      faults: [expect.stringContaining('a.lockDurationSeconds'), expect.stringContaining('a.maxDeliveryCount')],
    });
    expect(await exit).toEqual([1, null]);
  });
});

describe('L3: the real clock', () => {
  test('L3: what is farther off than a timer of Node can be does not come at once', async () => {
    let isDue = false;
    const cancel = systemClock.schedule(Date.now() + 2 ** 32, () => {
      isDue = true;
    });
    await new Promise((resolve) => systemClock.schedule(Date.now() + 10, () => resolve(undefined)));
    cancel();
    expect(isDue).toBe(false);
  });
});

function faultsOf(table: unknown): string[] {
  try {
    readQueueSettings(table);
    return [];
  } catch (error) {
    return error instanceof AggregateError ? error.errors.map(({ message }) => message) : [String(error)];
  }
}

function forkBroker(options: Record<string, unknown>) {
  const main = join(import.meta.dirname, '../../local/service-bus/main.ts');
  const env = { PATH: process.env.PATH, LAKEWARDEN_CHILD: JSON.stringify(options) };
  const child = fork(main, { env, execArgv: [], silent: true });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}
