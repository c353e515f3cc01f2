// Routes with actions: path, method, credentials, then the endpoint; every error is a problem.
import { HttpRequest, InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { defaultCredentials } from '../../../shared/domain/credentials.ts';
import { Conflict } from '../../../shared/domain/errors.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import { type Call, type Route, serve } from '../../../shared/http/route.ts';

const route: Route = {
  access: 'operator',
  methods: {},
  actions: {
    paint: { summary: 'Paint it', handle: async ({ caller }: Call) => ({ status: 200, jsonBody: { caller } }) },
    stale: {
      summary: 'Always stale',
      handle: async () => {
        throw new Conflict('precondition-failed', 'It has changed.', { currentVersion: '7-abc' });
      },
    },
  },
};

async function call(action: string, { method = 'POST', key = 'a-key-of-20-characters' } = {}) {
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const credentials = () => ({
    apiKeys: [new Secret('a-key-of-20-characters')],
    basicUsers: [],
    accepted: defaultCredentials,
  });
  const handler = serve('things', route, () => ({ log, credentials }));
  const request = new HttpRequest({
    method,
    url: `http://localhost/api/things/1/${action}`,
    headers: { 'x-api-key': key },
    params: { id: '1', action },
  });
  const answer = await handler(request, new InvocationContext());
  const json = 'jsonBody' in answer ? answer.jsonBody : undefined;
  const body = typeof answer.body === 'string' ? JSON.parse(answer.body) : json;
  return { status: answer.status, headers: new Headers(answer.headers ?? {}), body };
}

function ignore(): void {}

describe('a route with actions', () => {
  it('D4: serves each under its own path', async () => {
    expect(await call('paint')).toMatchObject({ status: 200, body: { caller: 'api-key' } });
  });

  it('D4: an action that it does not have is 404 and names those it has, whatever JavaScript calls it', async () => {
    for (const action of ['wash', 'constructor', '__proto__', 'toString', '']) {
      const { status, body } = await call(action);
      expect(status, action).toBe(404);
      expect(body).toMatchObject({ code: 'not-found', detail: 'There is paint, stale here.' });
    }
  });

  it('D4: another method is 405 and says which one serves', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, headers } = await call('paint', { method });
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    }
  });

  it('A3: without credentials nothing is carried out', async () => {
    expect(await call('paint', { key: 'wrong' })).toMatchObject({ status: 401, body: { code: 'not-authenticated' } });
  });

  it('D4: a stale version is 412 with the ETag of now', async () => {
    const { status, headers, body } = await call('stale');
    expect([status, headers.get('etag')]).toEqual([412, '"7-abc"']);
    expect(body).toMatchObject({ code: 'precondition-failed', detail: 'It has changed.' });
  });
});
