import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { type CredentialKind, defaultCredentials } from '../../../shared/domain/credentials.ts';
import { Refused } from '../../../shared/domain/errors.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import { authenticate, type Credentials } from '../../../shared/http/authenticate.ts';

const hookTokens = {
  async verify(token: string): Promise<string> {
    if (token === 'good-token') return 'bearer:action-group';
    throw new Refused('not-allowed', 'token refused: another application');
  },
};

const credentials: Credentials = {
  accepted: defaultCredentials,
  hookTokens,
  apiKeys: [new Secret('first-key-0123456789'), new Secret('second-key-0123456789')],
  basicUsers: [
    { username: 'databricks', password: new Secret('pa:ss:word') },
    { username: 'data', password: new Secret('brickspa:ss:word') },
  ],
};

const databricks = defaultCredentials.databricks;
const azure = defaultCredentials.azure;

async function callWith(
  headers: Record<string, string>,
  kinds: readonly CredentialKind[] = databricks,
  known: Credentials = credentials,
): Promise<string> {
  const request = new HttpRequest({ method: 'POST', url: 'http://localhost/databricks-monitor', headers });
  return await authenticate(request, known, kinds);
}

function basic(text: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

describe('credentials', () => {
  it('A3: two API keys are valid at once, so that keys rotate', async () => {
    expect(await callWith({ 'x-api-key': 'first-key-0123456789' })).toBe('api-key');
    expect(await callWith({ 'x-api-key': 'second-key-0123456789' })).toBe('api-key');
  });

  it('A3: HTTP Basic is taken, also with colons in the password', async () => {
    expect(await callWith(basic('databricks:pa:ss:word'))).toBe('basic:databricks');
  });

  it('A3: name and password are not glued together', async () => {
    await expect(callWith(basic('databrickspa:ss:word'))).rejects.toThrow();
    await expect(callWith(basic('databricks:ss:word'))).rejects.toThrow();
    expect(await callWith(basic('data:brickspa:ss:word'))).toBe('basic:data');
  });

  const refused: readonly [string, Record<string, string>][] = [
    ['none', {}],
    ['an empty key', { 'x-api-key': '' }],
    ['a key that is a prefix', { 'x-api-key': 'first-key' }],
    ['a wrong key beside a right password', { 'x-api-key': 'wrong', ...basic('databricks:pa:ss:word') }],
    ['a wrong password', basic('databricks:wrong')],
    ['an unknown user', basic('nobody:pa:ss:word')],
    ['Basic without a colon', basic('databricks')],
    ['Basic that is no base64', { authorization: 'Basic ???' }],
    ['a bearer token', { authorization: 'Bearer first-key-0123456789' }],
  ];
  it.each(refused)('A3: %s is refused', async (_what, headers) => {
    await expect(callWith(headers)).rejects.toMatchObject({ code: 'not-authenticated' });
  });
});

describe('what a door takes is chosen per sender', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('A3: a token opens a door that takes tokens, by whom it proves', async () => {
    expect(await callWith(bearer('good-token'), azure)).toBe('bearer:action-group');
    await expect(callWith(bearer('other'), azure)).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('A3: a token opens no door of another sender, and none while no tenant is configured', async () => {
    const { hookTokens: _none, ...withoutTenant } = credentials;
    await expect(callWith(bearer('good-token'))).rejects.toMatchObject({ code: 'not-authenticated' });
    await expect(callWith(bearer('good-token'), azure, withoutTenant)).rejects.toMatchObject({
      code: 'not-authenticated',
    });
  });

  it('A3: Basic and keys open only where they are taken', async () => {
    await expect(callWith(basic('databricks:pa:ss:word'), azure)).rejects.toMatchObject({ code: 'not-authenticated' });
    await expect(callWith({ 'x-api-key': 'first-key-0123456789' }, ['bearer'])).rejects.toMatchObject({
      code: 'not-authenticated',
    });
    expect(await callWith({ 'x-api-key': 'second-key-0123456789' }, azure)).toBe('api-key');
  });

  it('A3: a wrong key is not made good by a right token', async () => {
    await expect(callWith({ 'x-api-key': 'wrong', ...bearer('good-token') }, azure)).rejects.toMatchObject({
      code: 'not-authenticated',
    });
  });

  it('A3: where the host has asked for its key, nothing else is asked', async () => {
    expect(await callWith({}, ['function-key'])).toBe('function-key');
  });
});
