// The functions host with `enableHttpStream`: requests go through the library's own server, as through the real host's proxy.
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HostedApp, hosted, json } from './functions-host.harness.ts';

let app: HostedApp;

beforeAll(async () => {
  app = await hosted('stream.mjs');
});

afterAll(async () => {
  await app.stop();
});

interface Shown {
  readonly method: string;
  readonly url: string;
  readonly params: Record<string, string>;
  readonly query: [string, string][];
  readonly headers: Record<string, string>;
  readonly body: { pieces: number; bytes: number; text: string } | null;
}

function streamed(...pieces: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      for (const piece of pieces) {
        controller.enqueue(new TextEncoder().encode(piece));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      controller.close();
    },
  });
}

test('A10: a chunked body without Content-Length reaches the handler in pieces', async () => {
  const response = await fetch(`${app.url}/echo/1`, { method: 'POST', body: streamed('one ', 'two'), duplex: 'half' });
  const seen = await json<Shown>(response);
  expect(response.status).toBe(202);
  expect(seen.body).toMatchObject({ bytes: 7, text: 'one two' });
  expect(seen.body?.pieces).toBeGreaterThan(1);
});

test('A10: repeated headers are joined by commas, and the caller cannot forge what the host sets', async () => {
  const socket = connect(app.ready.port, '127.0.0.1');
  socket.write(
    'GET /echo/1?a=1&a=2 HTTP/1.1\r\nHost: some.host\r\nX-Two: 1\r\nx-two: 2\r\nX-Forwarded-Host: evil\r\n' +
      'x-ms-invocation-id: forged\r\nConnection: close\r\n\r\n',
  );
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await once(socket, 'close');
  const seen: Shown = JSON.parse(answer.slice(answer.indexOf('{"method'), answer.lastIndexOf('}') + 1));
  expect(seen.headers['x-two']).toBe('1,2');
  expect(seen.url).toBe('http://some.host/echo/1?a=1&a=2');
  // Here, unlike without streaming, the query keeps both values (nodejs-library#168).
  expect(seen.query).toEqual([
    ['a', '1'],
    ['a', '2'],
  ]);
});

test('L3: request.params also holds query values and members of a JSON body, and a route value wins over both', async () => {
  const body = JSON.stringify({ id: 'body', flag: true, count: 5, at: '2026-11-20T13:37:05.5Z', inner: {}, list: [] });
  const response = await fetch(`${app.url}/echo/route?id=query&other=query&code=secret`, { method: 'POST', body });
  const seen = await json<Shown>(response);
  expect(seen.params).toEqual({ id: 'route', flag: 'True', count: '5', at: '11/20/2026 13:37:05', other: 'query' });
});

test('L3: an optional parameter that is missing hides a query value of its name', async () => {
  const seen = await json<Shown>(await fetch(`${app.url}/echo?id=query`));
  expect(seen.params).toEqual({});
});

test('L3: parameters are texts, constrained or not', async () => {
  expect(await (await fetch(`${app.url}/numbers/12`)).json()).toEqual({ id: '12' });
});

test('L3: status, headers and each cookie come back as the library sent them', async () => {
  const response = await fetch(`${app.url}/echo/1`);
  expect(response.status).toBe(202);
  expect(response.headers.get('x-echo')).toBe('yes');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(response.headers.get('x-ms-invocation-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('L3: a response leaves in pieces while the handler still writes', async () => {
  const [response]: IncomingMessage[] = await once(httpRequest(`${app.url}/pieces`).end(), 'response');
  const pieces: string[] = [];
  for await (const piece of response ?? []) pieces.push(String(piece));
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('')).toBe('one two three');
});

test('L3: a response that breaks half-way breaks for the caller too, and the host goes on', async () => {
  const response = await fetch(`${app.url}/breaks`);
  await expect(response.text()).rejects.toThrow();
  expect((await fetch(`${app.url}/echo/1`)).status).toBe(202);
});

test('L3: a thrown error is 500 with an empty body, with and without a request body', async () => {
  for (const init of [
    {},
    { method: 'POST', body: 'x' },
    { method: 'POST', body: streamed('x', 'y'), duplex: 'half' },
  ] as const) {
    const response = await fetch(`${app.url}/throws`, init);
    expect([response.status, await response.text()]).toEqual([500, '']);
  }
});

test('A4: a handler may refuse a large body without reading it', async () => {
  const response = await fetch(`${app.url}/refuses`, { method: 'POST', body: 'x'.repeat(3_000_000) });
  expect([response.status, await response.text()]).toEqual([413, 'unread']);
  expect((await fetch(`${app.url}/echo/1`, { method: 'POST', body: 'after' })).status).toBe(202);
});

test('A10: HEAD has no body, DELETE may have one, 204 stays empty', async () => {
  const head = await fetch(`${app.url}/echo/1`, { method: 'HEAD' });
  expect([head.status, head.headers.get('x-echo'), await head.text()]).toEqual([202, 'yes', '']);
  const removed = await json<Shown>(await fetch(`${app.url}/echo/1`, { method: 'DELETE', body: 'why' }));
  expect([removed.method, removed.body?.text]).toEqual(['DELETE', 'why']);
  const empty = await fetch(`${app.url}/empty`);
  expect([empty.status, await empty.text()]).toEqual([204, '']);
});

test('L3: a megabyte goes through whole', async () => {
  const response = await fetch(`${app.url}/echo/1`, { method: 'POST', body: 'x'.repeat(1_048_576) });
  expect((await json<Shown>(response)).body?.bytes).toBe(1_048_576);
});

test('L3: many callers at once each get their own answer', async () => {
  const ids = Array.from({ length: 60 }, (_, index) => `id-${index}`);
  const answers = await Promise.all(
    ids.map(async (id) => json<Shown>(await fetch(`${app.url}/echo/${id}`, { method: 'POST', body: id }))),
  );
  expect(answers.map((seen) => [seen.params.id, seen.body?.text])).toEqual(ids.map((id) => [id, id]));
});

test('L3: a caller that goes away takes nothing along', async () => {
  for (let index = 0; index < 5; index += 1) {
    const socket = connect(app.ready.port, '127.0.0.1');
    socket.write('POST /echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nonly a part');
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
    await fetch(`${app.url}/pieces`, { signal: AbortSignal.timeout(15) })
      .then((response) => response.text())
      .catch(() => {});
  }
  expect((await fetch(`${app.url}/echo/1`)).status).toBe(202);
});
