// The functions host over HTTP without streaming: what reaches the handler and what leaves it, as the real host has it.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOST_JSON, type HostedApp, hosted, json, MASTER_KEY } from './functions-host.harness.ts';

let app: HostedApp;

beforeAll(async () => {
  app = await hosted('http.mjs', {
    settings: { ROUTE: 'set/by/setting' },
    disabled: ['switched-off'],
    hostKeys: { default: 'a-host-key' },
    functionKeys: { secured: { default: 'its-own-key' }, other: { default: 'not-its-key' } },
  });
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
  readonly body: string | null;
  readonly triggerMetadata: unknown;
  readonly traceParent: string;
}

async function shown(path: string, init?: RequestInit): Promise<Shown> {
  const response = await fetch(app.url + path, init);
  expect(response.status).toBe(200);
  return json<Shown>(response);
}

async function status(path: string, init?: RequestInit): Promise<number> {
  const response = await fetch(app.url + path, init);
  await response.arrayBuffer();
  return response.status;
}

/** Sends bytes as they are and returns everything that comes back. */
async function raw(text: string): Promise<string> {
  const socket = connect(app.ready.port, '127.0.0.1');
  // Not `end`: Node's server gives up on a caller that has closed its half.
  socket.write(text.replaceAll('\n', '\r\n'));
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
  });
  await once(socket, 'close');
  return answer;
}

test('L3: a function sees method, url, params and body, and no trigger metadata for HTTP', async () => {
  const seen = await shown('/echo/a/b?x=1', { method: 'PUT', body: 'text' });
  expect(seen).toMatchObject({
    method: 'PUT',
    url: `${app.url}/echo/a/b?x=1`,
    params: { rest: 'a/b' },
    body: 'text',
    triggerMetadata: null,
  });
});

test('L3: repeated query keys and headers arrive joined by commas, header names in lower case', async () => {
  const answer = await raw('GET /echo/x?a=1&A=2&b=%20c+d HTTP/1.1\nHost: h\nX-Two: 1\nx-two: 2\nConnection: close\n\n');
  const seen: Shown = JSON.parse(answer.slice(answer.indexOf('{"method')));
  expect(seen.query).toEqual([
    ['a', '1,2'],
    ['b', ' c d'],
  ]);
  expect(seen.headers['x-two']).toBe('1,2');
});

test('A10: a chunked body without Content-Length arrives empty where streaming is off, as on Azure', async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('lost'));
      controller.close();
    },
  });
  const init = { method: 'POST', body, duplex: 'half' } as const;
  expect((await shown('/echo/x', init)).body).toBeNull();
});

test('L3: route templates take optional parts, defaults and constraints, and ignore case and a trailing slash', async () => {
  expect((await shown('/optional/1')).params).toEqual({ a: '1' });
  expect((await shown('/optional/1/2')).params).toEqual({ a: '1', b: '2' });
  expect((await shown('/default')).params).toEqual({ a: 'one' });
  expect((await shown('/OPTIONAL/x/')).params).toEqual({ a: 'x' });
  expect((await shown('/numbers/-5')).params).toEqual({ id: '-5' });
  expect(await status('/numbers/five')).toBe(404);
  expect((await shown('/echo')).params).toEqual({});
});

test('L3: a literal beats a parameter, and a route of another method is no match at all', async () => {
  expect((await shown('/items/new')).params).toEqual({ id: 'new' });
  const literal = await fetch(`${app.url}/items/new`, { method: 'POST' });
  expect(await literal.text()).toBe('literal');
  expect(await status('/items/other', { method: 'POST' })).toBe(404);
});

test('A10: an unknown route and a wrong method are 404 with an empty body, never 405', async () => {
  for (const [path, method] of [
    ['/unknown', 'GET'],
    ['/items/1', 'DELETE'],
    ['/items/1', 'HEAD'],
    ['/items/1', 'OPTIONS'],
  ] as const) {
    const response = await fetch(app.url + path, { method });
    expect([path, method, response.status, await response.text()]).toEqual([path, method, 404, '']);
  }
});

test('L3: the path is decoded once for parameters, but for the slash, and dot segments are gone before routing', async () => {
  const answer = await raw('GET /items/a%20%C3%A9%2Fb%25 HTTP/1.1\nHost: h\nConnection: close\n\n');
  expect(answer).toContain('"params":{"id":"a é%2Fb%"}'.replace('é', Buffer.from('é').toString('latin1')));
  expect(await raw('GET /x/../items/%2e/1 HTTP/1.1\nHost: h\nConnection: close\n\n')).toContain('"params":{"id":"1"}');
  expect(await raw('GET /items/a%00b HTTP/1.1\nHost: h\nConnection: close\n\n')).toMatch(/^HTTP\/1.1 400 /);
});

test('L3: what Kestrel refuses never reaches a function', async () => {
  const headers = Array.from({ length: 101 }, (_, index) => `x-${index}: 1`).join('\n');
  expect(await raw(`GET /echo/x HTTP/1.1\nHost: h\n${headers}\nConnection: close\n\n`)).toMatch(/^HTTP\/1.1 431 /);
  expect(await raw(`GET /echo/${'x'.repeat(8_200)} HTTP/1.1\nHost: h\nConnection: close\n\n`)).toMatch(
    /^HTTP\/1.1 414 /,
  );
  expect(await raw('GET /echo/x HTTP/1.1\nHost: h\nHost: g\nConnection: close\n\n')).toMatch(/^HTTP\/1.1 400 /);
  expect(await raw('GET /echo/x HTTP/1.1\nConnection: close\n\n')).toMatch(/^HTTP\/1.1 400 /);
});

test('L3: a body beyond 100 MB ends in 500 before anything is read (azure-functions-host#10519)', async () => {
  const answer = await raw('POST /echo/x HTTP/1.1\nHost: h\nContent-Length: 104857601\nConnection: close\n\nx');
  expect(answer).toMatch(/^HTTP\/1.1 500 /);
});

test('A3: function and admin levels want a key; host, own and master keys open, others are 401 with an empty body', async () => {
  const withKey = (path: string, key: string) => status(path, { headers: { 'x-functions-key': key } });
  expect(await status('/secured')).toBe(401);
  expect(await withKey('/secured', 'its-own-key')).toBe(200);
  expect(await withKey('/secured', 'a-host-key')).toBe(200);
  expect(await withKey('/secured', MASTER_KEY)).toBe(200);
  expect(await withKey('/secured', 'not-its-key')).toBe(401);
  expect(await withKey('/secured', '')).toBe(401);
  expect(await status('/secured?CODE=its-own-key')).toBe(200);
  expect(await withKey('/secured?code=its-own-key', 'wrong')).toBe(401);
  expect(await withKey('/admin-only', 'a-host-key')).toBe(401);
  expect(await withKey('/admin-only', MASTER_KEY)).toBe(200);
  const refused = await fetch(`${app.url}/secured`);
  expect(await refused.text()).toBe('');
});

test('L3: status, headers, cookies and bytes leave as the handler gave them', async () => {
  const response = await fetch(`${app.url}/answers`);
  expect(response.status).toBe(418);
  expect(response.headers.get('x-one')).toBe('1');
  expect(response.headers.get('content-type')).toBe('application/x-tea');
  expect(response.headers.getSetCookie()).toEqual([
    'a=b%20c; max-age=60; path=/; samesite=lax; httponly',
    'd=e; expires=Fri, 02 Jan 1970 00:00:00 GMT; path=/p; secure; samesite=none',
  ]);
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255, 1]);
});

test('L3: nothing returned is 204; thrown, or no object returned, is 500 with an empty body', async () => {
  expect(await status('/nothing')).toBe(204);
  for (const path of ['/throws', '/text']) {
    const response = await fetch(app.url + path);
    expect([response.status, await response.text()]).toEqual([500, '']);
  }
});

test('L4: a route setting is resolved, an unresolved one fails that function only, the host keeps its own routes', async () => {
  expect(await status('/set/by/setting')).toBe(200);
  expect(app.ready.faults.map(({ name }) => name)).toEqual(['unresolved', 'reserved']);
  expect(app.ready.functions).not.toContain('unresolved');
});

test('L3: a disabled function is 404, and the empty path is the home page', async () => {
  expect(await status('/switched-off')).toBe(404);
  expect(await status('/')).toBe(200);
});

test('L3: functions register while the app loads, not later', async () => {
  const response = await fetch(`${app.url}/late-registration`);
  expect(await response.text()).toBe('A function can only be registered during app startup.');
});

test('L5: the caller’s trace goes on in the invocation, under a span of its own', async () => {
  const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
  const seen = await shown('/echo/x', { headers: { traceparent } });
  expect(seen.traceParent).toMatch(new RegExp(`^00-${'ab'.repeat(16)}-(?!${'cd'.repeat(8)})[0-9a-f]{16}-01$`));
});

test('K: /admin lists functions and tells the state, for the master key only', async () => {
  const headers = { 'x-functions-key': MASTER_KEY };
  for (const path of ['/admin/functions', '/admin/host/status', '/admin/functions/echo']) {
    expect(await status(path)).toBe(401);
    expect(await status(path, { headers: { 'x-functions-key': 'a-host-key' } })).toBe(401);
  }
  const functions = await json<{ name: string; bindings: unknown[] }[]>(
    await fetch(`${app.url}/admin/functions`, { headers }),
  );
  expect(functions.find(({ name }) => name === 'item')?.bindings).toContainEqual(
    expect.objectContaining({ type: 'httpTrigger', route: 'items/{id}', methods: ['GET'] }),
  );
  const host = await json<{ errors: string[] }>(await fetch(`${app.url}/admin/host/status`, { headers }));
  expect(host).toMatchObject({ state: 'Running', version: expect.stringMatching(/^4\./), id: expect.any(String) });
  expect(host.errors).toHaveLength(2);
});

test('L3: the route prefix of host.json, and its default, stand before every route', async () => {
  const { extensions, ...withoutPrefix } = HOST_JSON;
  const other = await hosted('common.cjs', { hostJson: withoutPrefix });
  try {
    expect(await (await fetch(`${other.url}/api/hello`)).text()).toBe('from CommonJS');
    expect((await fetch(`${other.url}/hello`)).status).toBe(404);
  } finally {
    await other.stop();
  }
});
