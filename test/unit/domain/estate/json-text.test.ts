import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findTextFault } from '../../../../shared/domain/estate/json-text.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['{"a":tru}', 1, 6, 'a value is expected here'],
  ['{\n  "a": 1,\n}', 3, 1, 'a member name in double quotes is expected here'],
  ["{\n  'a': 1\n}", 2, 3, 'a member name in double quotes is expected here'],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or } is expected here'],
  ['[1 2]', 1, 4, 'a comma or ] is expected here'],
  ['[1,]', 1, 4, 'a value is expected here'],
  ['{"a" 1}', 1, 6, 'a colon is expected here'],
  ['{"a": "b\n}', 1, 7, 'this text has no closing quote'],
  ['{"a": "C:\\dir"}', 1, 7, 'this text has a character that must be escaped'],
  ['{} // done', 1, 4, 'nothing may follow the end of the JSON'],
  ['{\r\n"a": NaN}', 2, 6, 'a value is expected here'],
  ['01', 1, 2, 'nothing may follow the end of the JSON'],
  ['{"a": 1', 1, 8, 'the file ends too early'],
  ['', 1, 1, 'the file ends too early'],
])('L4: %j is wrong in line %i, column %i: %s', (text, line, column, detail) => {
  expect(findTextFault(text)).toEqual({ line, column, detail });
});

test('L4: a member that is there twice is a fault, because JSON.parse would silently take the last', () => {
  const text = '{\n  "url": "https://a",\n  "url": "https://b"\n}';
  expect(findTextFault(text)).toEqual({ line: 3, column: 3, detail: 'the member "url" is there twice' });
  expect(findTextFault('{"a": 1, "\\u0061": 2}')?.detail).toBe('the member "\\u0061" is there twice');
  expect(findTextFault('[{"a": 1}, {"a": 2, "b": {"a": 3}}]')).toBeUndefined();
});

test('L4: a text nested without end is a fault and not a stack overflow', () => {
  expect(findTextFault('['.repeat(1_000_000))?.detail).toBe('is nested more than 100 levels deep');
  expect(findTextFault('{"a":'.repeat(1_000_000))?.detail).toBe('is nested more than 100 levels deep');
  expect(findTextFault('['.repeat(50) + ']'.repeat(50))).toBeUndefined();
});

test('L4: what JSON.stringify writes has no fault', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }), fc.constantFrom(0, 2), (value, indent) => {
      expect(findTextFault(JSON.stringify(value, null, indent))).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});

test('L4: it finds a fault exactly where JSON.parse does, for text that is nearly JSON', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '1',
    '-',
    '0.5',
    '1e3',
    'true',
    'null',
    ' ',
    '\n',
    '\\',
    '\t',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      (text) => {
        const twice = findTextFault(text)?.detail.includes('twice') === true;
        expect(findTextFault(text) === undefined || twice).toBe(isJson(text));
      },
    ),
    { numRuns: 5_000 },
  );
});

test('L4: a valid text with one character changed is judged as JSON.parse judges it', () => {
  const valid = '{"a": [1, -2.5e3, "x\\n\\u00e9"], "b": {"c": null, "d": true}, "e": ""}';
  const character = fc.oneof(
    fc.string({ minLength: 1, maxLength: 1 }),
    fc.constantFrom('"', '\\', '\u0000', '\u007f', ',', '0'),
  );
  fc.assert(
    fc.property(fc.nat(valid.length - 1), character, (at, replacement) => {
      const text = valid.slice(0, at) + replacement + valid.slice(at + 1);
      const fault = findTextFault(text);
      expect(fault === undefined || fault.detail.includes('twice')).toBe(isJson(text));
    }),
    { numRuns: 3_000 },
  );
});
