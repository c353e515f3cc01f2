import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../shared/domain/secret.ts';
import { authenticate } from '../../../shared/http/authenticate.ts';

const credentials = {
  apiKeys: [new Secret('first-key-0123456789'), new Secret('second-key-0123456789')],
  basicUsers: [
    { username: 'databricks', password: new Secret('pa:ss:word') },
    { username: 'data', password: new Secret('brickspa:ss:word') },
  ],
};

function callWith(headers: Record<string, string>): string {
  const request = new HttpRequest({ method: 'POST', url: 'http://localhost/databricks-monitor', headers });
  return authenticate(request, credentials);
}

function basic(text: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

describe('credentials', () => {
  it('A3: two API keys are valid at once, so that keys rotate', () => {
    expect(callWith({ 'x-api-key': 'first-key-0123456789' })).toBe('api-key');
    expect(callWith({ 'x-api-key': 'second-key-0123456789' })).toBe('api-key');
  });

  it('A3: HTTP Basic is taken, also with colons in the password', () => {
    expect(callWith(basic('databricks:pa:ss:word'))).toBe('basic:databricks');
  });

  it('A3: name and password are not glued together', () => {
    expect(() => callWith(basic('databrickspa:ss:word'))).toThrow();
    expect(() => callWith(basic('databricks:ss:word'))).toThrow();
    expect(callWith(basic('data:brickspa:ss:word'))).toBe('basic:data');
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
  it.each(refused)('A3: %s is refused', (_what, headers) => {
    expect(() => callWith(headers)).toThrow(expect.objectContaining({ code: 'not-authenticated' }));
  });
});
