import { HttpRequest } from '@azure/functions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../shared/domain/errors.ts';
import { readJson } from '../../../shared/http/read-json.ts';

function post(
  body: string | Uint8Array | undefined,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): HttpRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return new HttpRequest({ method: 'POST', url: 'http://localhost/x', headers, ...(bytes ? { body: { bytes } } : {}) });
}

describe('reading a body', () => {
  const rows: readonly [string, HttpRequest, string][] = [
    ['no content type', post('{}', {}), 'wrong-media-type'],
    ['text', post('{}', { 'content-type': 'text/plain' }), 'wrong-media-type'],
    ['a type that only begins alike', post('{}', { 'content-type': 'application/jsonp' }), 'wrong-media-type'],
    ['an empty body', post(''), 'bad-json'],
    ['no body', post(undefined), 'bad-json'],
    ['half of an object', post('{"a":'), 'bad-json'],
    ['bytes that are no UTF-8', post(Uint8Array.from([0x22, 0xff, 0xfe, 0x22])), 'bad-json'],
    ['one byte too many', post(`"${'x'.repeat(99)}"`), 'body-too-large'],
    [
      'a length that says too many',
      post('{}', { 'content-type': 'application/json', 'content-length': '101' }),
      'body-too-large',
    ],
  ];
  it.each(rows)('A4: %s is refused', async (_what, request, code) => {
    await expect(readJson(request, 100)).rejects.toMatchObject({ code });
  });

  it('A4: JSON of any type with parameters or a suffix is read', async () => {
    const request = post('[1]', { 'content-type': 'application/cloudevents+json; charset=utf-8' });
    expect((await readJson(request, 100)).value).toEqual([1]);
  });

  it('A4: a body of exactly the limit is read', async () => {
    expect((await readJson(post(`"${'x'.repeat(98)}"`), 100)).bytes.byteLength).toBe(100);
  });

  it('A4: whatever the bytes are, the answer is JSON or InvalidInput', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const result = await readJson(post(bytes), 150).catch((error: unknown) => error);
        expect(
          result instanceof InvalidInput || (typeof result === 'object' && result !== null && 'value' in result),
        ).toBe(true);
      }),
    );
  });
});
