// What the functions host makes of host.json, app settings and listen calls, by table.
import { describe, expect, test } from 'vitest';
import { parseHostJson } from '../../local/functions-host/host-json.ts';
import { createLog } from '../../local/functions-host/log.ts';
import { toLoopback } from '../../local/functions-host/loopback.ts';
import { isDisabled, resolveSettings, serviceBusConnection } from '../../local/functions-host/settings.ts';
import { parseTimeSpan } from '../../local/functions-host/time-span.ts';

describe('L4: a time span is .NET’s', () => {
  test.each([
    ['00:00:01', 1_000],
    ['00:05', 300_000],
    ['1.02:03:04.5', 93_784_500],
    ['00:00:00.200', 200],
    ['-00:00:00.0010000', -1],
    ['5 minutes', undefined],
    ['24:00:00', undefined],
    ['00:60:00', undefined],
    ['', undefined],
  ])('%j', (text, ms) => {
    expect(parseTimeSpan(text)).toBe(ms);
  });
});

function hostJson(rest: Record<string, unknown>): ReturnType<typeof parseHostJson> {
  return parseHostJson(JSON.stringify({ version: '2.0', ...rest }));
}

describe('L4: host.json', () => {
  test('has the real host’s defaults', () => {
    expect(hostJson({})).toMatchObject({
      functionTimeoutMs: 1_800_000,
      routePrefix: 'api',
      hasExtensionBundle: false,
      serviceBus: {
        autoComplete: true,
        maxAutoLockRenewalMs: 300_000,
        maxConcurrentSessions: 8,
        sessionIdleMs: 60_000,
        maxMessageBatchSize: 1_000,
        retry: { mode: 'exponential', timeoutMs: 60_000, delayMs: 800, maxDelayMs: 60_000, maxRetries: 3 },
      },
    });
  });

  test('"-1" is no time limit, and the idle time of a session follows tryTimeout', () => {
    expect(hostJson({ functionTimeout: '-1' }).functionTimeoutMs).toBeUndefined();
    const serviceBus = { clientRetryOptions: { tryTimeout: '00:00:10' } };
    expect(hostJson({ extensions: { serviceBus } }).serviceBus.sessionIdleMs).toBe(10_000);
  });

  test.each([
    ['no JSON', '{', /not JSON/],
    ['another version', '{"version":"1.0"}', /version/],
    ['a timeout below a second', '{"version":"2.0","functionTimeout":"00:00:00.5"}', /at least 00:00:01/],
    [
      'a member of the wrong type',
      '{"version":"2.0","extensions":{"http":{"routePrefix":1}}}',
      /routePrefix must be a text/,
    ],
    ['an object that is none', '{"version":"2.0","extensions":[]}', /extensions must be an object/],
    [
      'sessions that are none',
      '{"version":"2.0","extensions":{"serviceBus":{"maxConcurrentSessions":0}}}',
      /maxConcurrentSessions/,
    ],
    [
      'parallel calls in a session',
      '{"version":"2.0","extensions":{"serviceBus":{"maxConcurrentCallsPerSession":2}}}',
      /not served/,
    ],
    ['an unknown log level', '{"version":"2.0","logging":{"logLevel":{"default":"Loud"}}}', /log level/],
  ])('is refused for %s', (_what, text, words) => {
    expect(() => parseHostJson(text)).toThrow(words);
  });
});

describe('L4: app settings', () => {
  test('%NAME% is replaced wherever it stands, and must resolve', () => {
    expect(resolveSettings('a/%X%/%Y%', { X: '1', Y: '2' })).toBe('a/1/2');
    expect(() => resolveSettings('%X%', {})).toThrow('%X% does not resolve');
    expect(() => resolveSettings('%X%', { X: '' })).toThrow();
  });

  test.each([
    [{ 'AzureWebJobs.f.Disabled': 'true' }, true],
    [{ 'AzureWebJobs.f.Disabled': '1' }, true],
    [{ AzureWebJobs_f_Disabled: 'True' }, true],
    [{ 'AzureWebJobs.f.Disabled': 'false' }, false],
    [{ 'AzureWebJobs.g.Disabled': 'true' }, false],
  ])('a function is disabled by %j: %s', (settings, disabled) => {
    expect(isDisabled('f', settings, [])).toBe(disabled);
  });

  test('a connection is a connection string or an identity, also under the name with AzureWebJobs before it', () => {
    expect(serviceBusConnection('C', { C: 'Endpoint=…' })).toEqual({ connectionString: 'Endpoint=…' });
    expect(serviceBusConnection('C', { AzureWebJobsC: 'Endpoint=…' })).toEqual({ connectionString: 'Endpoint=…' });
    const identity = { fullyQualifiedNamespace: 'n.servicebus.windows.net' };
    expect(serviceBusConnection('C', { C__fullyQualifiedNamespace: identity.fullyQualifiedNamespace })).toEqual(
      identity,
    );
    expect(() => serviceBusConnection('C', {})).toThrow("'C' is missing");
  });
});

describe('L3: whoever listens without a host, or everywhere, listens on loopback', () => {
  const done = () => {};
  const here = '127.0.0.1';
  test.each([
    [[], [{ port: 0, host: here }]],
    [[done], [{ port: 0, host: here }, done]],
    [[0], [{ port: 0, host: here }]],
    [
      [80, done],
      [{ port: 80, host: here }, done],
    ],
    [
      ['80', done],
      [{ port: '80', host: here }, done],
    ],
    [
      [80, '0.0.0.0', done],
      [{ port: 80, host: here }, done],
    ],
    [
      [80, '::', 10, done],
      [{ port: 80, host: here, backlog: 10 }, done],
    ],
    [[80, 10], [{ port: 80, host: here, backlog: 10 }]],
    [[80, '127.0.0.2'], [{ port: 80, host: '127.0.0.2' }]],
    [[{ port: 80 }], [{ port: 80, host: here }]],
    [
      [{ port: 80, host: '::' }, done],
      [{ port: 80, host: here }, done],
    ],
    [[{ path: '/run/a.sock' }], [{ path: '/run/a.sock' }]],
    [
      ['/run/a.sock', done],
      ['/run/a.sock', done],
    ],
  ])('%j', (given, made) => {
    expect(toLoopback(given)).toEqual(made);
  });
});

test('L5: the longest category of logging.logLevel decides', () => {
  const lines: string[] = [];
  const log = createLog(
    new Map([
      ['default', 'warning'],
      ['Function', 'information'],
      ['Function.quiet', 'none'],
    ]),
    (line) => lines.push(JSON.parse(line).message),
  );
  log.write('information', 'Host', 'no', {});
  log.write('warning', 'Host', 'yes', {});
  log.write('information', 'Function.loud.User', 'yes too', {});
  log.write('critical', 'Function.quiet.User', 'never', {});
  expect(lines).toEqual(['yes', 'yes too']);
});
