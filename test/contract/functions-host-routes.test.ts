// ASP.NET route templates, request targets and constraints, by table.
import { describe, expect, test } from 'vitest';
import { RouteTemplate } from '../../local/functions-host/http/route-template.ts';
import { parseTarget } from '../../local/functions-host/http/target.ts';

describe('L3: a template takes a path and gives values', () => {
  test.each([
    ['a/b', '/a/b', {}],
    ['a/b', '/A/B/', {}],
    ['a/b', '/a', undefined],
    ['a/b', '/a/b/c', undefined],
    ['a/b', '/a//b', undefined],
    ['', '/', {}],
    ['a/{x}', '/a/', undefined],
    ['a/{x}/b', '/a//b', undefined],
    ['a/{x}', '/a/1', { x: '1' }],
    ['a/{X}', '/a/Yes', { X: 'Yes' }],
    ['a/{x?}', '/a', {}],
    ['a/{x=7}', '/a', { x: '7' }],
    ['a/{x:int=7}', '/a/8', { x: '8' }],
    ['a/{x:int?}', '/a', {}],
    ['a/{x:int?}', '/a/b', undefined],
    ['a/{*rest}', '/a', {}],
    ['a/{*rest}', '/a/b/c', { rest: 'b/c' }],
    ['a/{**rest}', '/a/b', { rest: 'b' }],
    ['{*rest=all}', '/', { rest: 'all' }],
    ['v{major}.{minor}', '/v1.2', { major: '1', minor: '2' }],
    ['files/{name}.{ext?}', '/files/a.tar.gz', { name: 'a.tar', ext: 'gz' }],
    ['files/{name}.{ext?}', '/files/readme', { name: 'readme' }],
    ['{{x}}', '/{x}', {}],
    ['{x:guid}', '/11111111-2222-3333-4444-555555555555', { x: '11111111-2222-3333-4444-555555555555' }],
    ['{x:guid}', '/11111111-2222-3333-4444', undefined],
    ['{x:alpha}', '/abc', { x: 'abc' }],
    ['{x:alpha}', '/abc1', undefined],
    ['{x:bool}', '/TRUE', { x: 'TRUE' }],
    ['{x:int}', '/2147483648', undefined],
    ['{x:long}', '/2147483648', { x: '2147483648' }],
    ['{x:long}', '/9223372036854775808', undefined],
    ['{x:double}', '/1.5e3', { x: '1.5e3' }],
    ['{x:decimal}', '/1.5e3', undefined],
    ['{x:datetime}', '/2026-11-20', { x: '2026-11-20' }],
    ['{x:minlength(2):maxlength(3)}', '/abcd', undefined],
    ['{x:length(2,3)}', '/ab', { x: 'ab' }],
    ['{x:range(1,5)}', '/6', undefined],
    ['{x:min(3)}', '/3', { x: '3' }],
    ['{x:regex(^\\d{{2}}$)}', '/12', { x: '12' }],
    ['{x:regex(^\\d{{2}}$)}', '/123', undefined],
  ])('%s on %s', (template, path, values) => {
    expect(new RouteTemplate(template).match(path)).toEqual(values);
  });
});

describe('L4: a template that ASP.NET refuses is refused', () => {
  test.each([
    '/a',
    '~/a',
    'a//b',
    '{x}/{x}',
    '{x}{y}',
    '{*rest}/a',
    'a?',
    '{x?}b',
    '{x',
    'x}',
    '{x?=1}',
    '{x:unknown}',
    '{x:int(3)}',
    '{}',
  ])('%s', (template) => {
    expect(() => new RouteTemplate(template)).toThrow();
  });
});

test('L3: precedence is literal, constrained, parameter, catch-all, segment by segment', () => {
  const templates = ['a/{*rest}', '{x}/b', 'a/{x}', 'a/{x:int}', 'a/b', '{*rest}', 'a'];
  const ordered = templates
    .map((text) => new RouteTemplate(text))
    .sort((a, b) => (a.precedence < b.precedence ? -1 : 1));
  expect(ordered.map(({ text }) => text)).toEqual(['a', 'a/b', 'a/{x:int}', 'a/{x}', 'a/{*rest}', '{x}/b', '{*rest}']);
});

describe('L3: a request target is decoded once and has no dot segments', () => {
  test.each([
    ['/a?b=c', '/a', '/a', '?b=c'],
    ['/a%20b', '/a b', '/a%20b', ''],
    ['/a%2Fb%2fc', '/a%2Fb%2fc', '/a%2Fb%2fc', ''],
    ['/%C3%A9', '/é', '/%C3%A9', ''],
    ['/%FF%C3', '/%FF%C3', '/%FF%C3', ''],
    ['/a/./b/../c', '/a/c', '/a/c', ''],
    ['/../../a', '/a', '/a', ''],
    ['/a/%2e%2e/b', '/b', '/b', ''],
    ['/a/..%2f..%2fb', '/a/..%2f..%2fb', '/a/..%2f..%2fb', ''],
    ['/a/b/..', '/a/', '/a/', ''],
    ['/a%25b', '/a%b', '/a%25b', ''],
    ['http://h/a?x', '/a', '/a', '?x'],
  ])('%s', (url, path, encodedPath, query) => {
    expect(parseTarget(url)).toEqual({ path, encodedPath, query });
  });

  test.each(['*', '/a%00b', 'not a url'])('%s is refused', (url) => {
    expect(parseTarget(url)).toBeUndefined();
  });
});
