// The headers of an order: the version that was seen, the key of the order, the operator's name.
import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../shared/domain/errors.ts';
import { idempotencyKeyOf } from '../../../shared/http/idempotency-key.ts';
import { operatorOf } from '../../../shared/http/operator.ts';
import { etagOf, requireIfMatch } from '../../../shared/http/preconditions.ts';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof InvalidInput ? error.code : String(error);
  }
}

describe('If-Match', () => {
  it('D4: gives the versions that were seen; * is any', () => {
    expect(requireIfMatch(etagOf('12-abc'))).toEqual(['12-abc']);
    expect(requireIfMatch(' "1-a" ,"2-b"')).toEqual(['1-a', '2-b']);
    expect(requireIfMatch('"a,b", "c"')).toEqual(['a,b', 'c']);
    expect(requireIfMatch(' * ')).toBe('any');
  });

  it('D4: a weak tag matches nothing (RFC 9110 13.1.1)', () => {
    expect(requireIfMatch('W/"1-a"')).toEqual([]);
    expect(requireIfMatch('W/"1-a", "2-b"')).toEqual(['2-b']);
  });

  it('D4: missing is 428, unreadable 400', () => {
    for (const missing of [null, '', '  ']) expect(codeOf(() => requireIfMatch(missing))).toBe('precondition-required');
    const wrong = ['1-a', '"1-a', '"a" "b"', '"a",', ',', '*, "a"', `"${'x'.repeat(201)}"`, '"ä"'];
    for (const header of wrong)
      expect(
        codeOf(() => requireIfMatch(header)),
        header,
      ).toBe('bad-request');
  });
});

describe('Idempotency-Key', () => {
  it('D4: is taken quoted and bare, and is the same key', () => {
    expect(idempotencyKeyOf('"8e03978e-40d5"')).toBe('8e03978e-40d5');
    expect(idempotencyKeyOf(' 8e03978e-40d5 ')).toBe('8e03978e-40d5');
    expect(idempotencyKeyOf('"with spaces"')).toBe('with spaces');
    expect(idempotencyKeyOf(null)).toBeUndefined();
  });

  it('D4: what is empty, too long or not printable is 400', () => {
    for (const header of ['', '""', '"', 'a b', '"a"b"', 'x'.repeat(201), '"\u0007"', 'schlüssel']) {
      expect(
        codeOf(() => idempotencyKeyOf(header)),
        header,
      ).toBe('bad-request');
    }
  });
});

describe('x-operator', () => {
  function operatorWith(headers: Record<string, string>) {
    const request = new HttpRequest({ method: 'POST', url: 'http://localhost/api', headers });
    return operatorOf({ request, caller: 'api-key', correlationId: 'cor-1' });
  }

  it('K4: the name is what the caller says, beside what its credentials prove', () => {
    expect(operatorWith({ 'x-operator': ' ana.li@example.com ' })).toEqual({
      name: 'ana.li@example.com',
      caller: 'api-key',
    });
    expect(operatorWith({ 'x-operator': "Pat O'Neil" }).name).toBe("Pat O'Neil");
  });

  it('K4: without a name, or with one that cannot be put on record, it is 400', () => {
    for (const name of [undefined, '', '   ', '<script>', 'x'.repeat(101), '-x', 'a|b', 'operator:ana']) {
      const headers: Record<string, string> = name === undefined ? {} : { 'x-operator': name };
      expect(
        codeOf(() => operatorWith(headers)),
        name,
      ).toBe('bad-request');
    }
  });
});
