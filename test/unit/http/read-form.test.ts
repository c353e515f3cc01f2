import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { readForm } from '../../../shared/http/read-form.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' };

function post(body: string | Uint8Array, headers: Record<string, string> = FORM): HttpRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return new HttpRequest({ method: 'POST', url: 'http://localhost/x', headers, body: { bytes } });
}

describe('reading a form', () => {
  it('E8: gives its fields by name, decoded', async () => {
    const form = await readForm(post('name=Ana+M%C3%BCller&reason=a%26b%0D%0Ac&__proto__=x'), 100);
    expect(form.name).toBe('Ana Müller');
    expect(form.reason).toBe('a&b\r\nc');
    expect(Object.getPrototypeOf(form)).toBe(Object.prototype);
  });

  const rows: readonly [string, HttpRequest, string][] = [
    ['JSON', post('{}', { 'content-type': 'application/json' }), 'wrong-media-type'],
    ['a form in parts', post('a=b', { 'content-type': 'multipart/form-data; boundary=x' }), 'wrong-media-type'],
    ['no type', post('a=b', {}), 'wrong-media-type'],
    ['a packed form', post('a=b', { ...FORM, 'content-encoding': 'gzip' }), 'wrong-media-type'],
    ['a form that is too large', post(`a=${'x'.repeat(99)}`), 'body-too-large'],
    ['one that says it is', post('a=b', { ...FORM, 'content-length': '101' }), 'body-too-large'],
    ['a field twice', post('decision=approve&decision=reject'), 'bad-request'],
    ['bytes that are no UTF-8', post(Uint8Array.from([0x61, 0x3d, 0xff])), 'bad-request'],
  ];
  it.each(rows)('E8: %s is refused', async (_what, request, code) => {
    await expect(readForm(request, 100)).rejects.toMatchObject({ code });
  });
});
