// The simulated action group tries again, falls silent and loses alerts as the real one does (facts/azure.md 3).
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AzureBench, anAzure, TENANT } from '../builders/simulated-azure.ts';

/** For the machine to get round to it; nothing is measured by it. */
const PATIENCE = { timeout: 30_000, interval: 20 };

let bench: AzureBench;
let receiver: Server;
let url: string;
let answers: number[];
let heard: { authorization: string | undefined; url: string | undefined; key: unknown }[];

beforeEach(async () => {
  bench = await anAzure();
  answers = [];
  heard = [];
  receiver = createServer((request, response) => {
    const { authorization, 'x-api-key': key } = request.headers;
    heard.push({ authorization, url: request.url, key });
    response.writeHead(answers.shift() ?? 202).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/azure/service-health`;
});
afterEach(async () => {
  await bench.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const send = (authorization: unknown = { kind: 'none' }, alerts: unknown[] = [{ alert: 1 }]) =>
  bench.call('POST', '/_sim/action-group/send', { to: [{ url, authorization }], alerts });
const deliveries = async () => (await bench.call('GET', '/_sim/action-group/deliveries')).json;
const state = async () => (await bench.call('GET', '/_sim/action-group')).json;
const tries = async (count: number) => {
  await expect.poll(async () => (await deliveries()).at(-1).attempts, PATIENCE).toHaveLength(count);
};
const untilOver = async () => {
  await expect.poll(async () => (await state()).underWay, PATIENCE).toBe(0);
};

describe('A8: a simulated action group', { timeout: 60_000 }, () => {
  test('tries again after 5, 20, 5, 40 and 5 s, then calls nobody for a quarter of an hour', async () => {
    answers = [503, 429, 408, 504, 503, 503];
    await send();
    let count = 1;
    await tries(count);
    for (const gap of [5, 20, 5, 40, 5]) {
      bench.clock.advance(gap - 1);
      expect((await deliveries())[0].attempts).toHaveLength(count);
      bench.clock.advance(1);
      count += 1;
      await tries(count);
    }
    await untilOver();
    await send();
    await untilOver();
    expect(heard).toHaveLength(6);
    expect(await state()).toMatchObject({ lost: 2, delivered: 0, notCalled: [{ url }] });
    bench.clock.advance(15 * 60);
    await send();
    await untilOver();
    expect(await state()).toMatchObject({ lost: 2, delivered: 1, notCalled: [] });
  });

  test.each([500, 502, 400, 401, 403, 404])('never tries again after %i', async (status) => {
    answers = [status];
    await send();
    await untilOver();
    bench.clock.advance(3_600);
    expect(heard).toHaveLength(1);
    expect((await bench.call('GET', '/_sim/action-group/deliveries?state=lost')).json).toMatchObject([
      { attempts: [{ outcome: status }], because: `${status} is not tried again` },
    ]);
  });

  test('tries again when the network fails', async () => {
    await bench.call('POST', '/_sim/action-group/send', { to: [{ url: 'http://127.0.0.1:9/' }], alerts: [{}] });
    await tries(1);
    bench.clock.advance(5);
    await tries(2);
    expect(await state()).toMatchObject({ underWay: 1, lost: 0 });
  });

  test('shows a token of Entra ID, a key in the address, Basic or an API key', async () => {
    for (const authorization of [
      { kind: 'bearer' },
      { kind: 'function-key', key: 'k-1' },
      { kind: 'basic', username: 'u', password: 'p' },
      { kind: 'api-key', key: 'a-1' },
    ]) {
      await send(authorization);
      await untilOver();
    }
    expect(heard[0]?.authorization).toMatch(/^Bearer ey/);
    expect(heard[1]?.url).toBe('/azure/service-health?code=k-1');
    expect(heard[2]?.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    expect(heard[3]?.key).toBe('a-1');
  });

  test('cannot call a secure webhook while Entra ID does not answer', async () => {
    const fault = { match: { path: `^/${TENANT}/oauth2` }, fault: { kind: 'reset' } };
    await bench.call('POST', '/_sim/faults', fault);
    await send({ kind: 'bearer' });
    await tries(1);
    expect(heard).toHaveLength(0);
    await bench.call('DELETE', '/_sim/faults');
    bench.clock.advance(5);
    await untilOver();
    expect(await state()).toMatchObject({ delivered: 1 });
  });

  test('posts a storm, each alert once, and remembers each', async () => {
    await send(
      { kind: 'none' },
      Array.from({ length: 300 }, (_, n) => ({ n })),
    );
    await untilOver();
    expect(heard).toHaveLength(300);
    expect(await state()).toMatchObject({ delivered: 300, lost: 0 });
  });
});
