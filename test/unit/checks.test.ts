// The checks of `npm run check`, each on a text that passes and on texts that must not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../local/checks/check.ts';
import { errorsPage } from '../../local/checks/docs.ts';
import { addressesIn } from '../../local/checks/lock-file.ts';
import { pathsIn } from '../../local/checks/machine-paths.ts';
import { disagreements } from '../../local/checks/queue-table.ts';
import { idsIn, missingTests } from '../../local/checks/requirement-ids.ts';
import { tool } from '../../local/checks/tool.ts';

const hostText = readFileSync(join(root, 'host.json'), 'utf8');
const tableText = readFileSync(join(root, 'infra/queues.json'), 'utf8');

describe('host.json against the table of queues', () => {
  test('as they stand they agree', () => {
    expect(disagreements(hostText, tableText)).toEqual([]);
  });

  test.each([
    [
      'maxAutoLockRenewalDuration',
      '"maxAutoLockRenewalDuration": "00:10:00"',
      '"maxAutoLockRenewalDuration": "00:11:00"',
    ],
    ['sessionIdleTimeout', '"sessionIdleTimeout": "00:00:01"', '"sessionIdleTimeout": "00:00:02"'],
    ['maxConcurrentSessions', '"maxConcurrentSessions": 64', '"maxConcurrentSessions": 8'],
    ['prefetchCount', '"prefetchCount": 0', '"prefetchCount": 10'],
    ['functionTimeout', '"functionTimeout": "00:09:00"', '"functionTimeout": "00:10:00"'],
    ['maxConcurrentCallsPerSession', '"maxConcurrentCallsPerSession": 1', '"maxConcurrentCallsPerSession": 2'],
    ['autoCompleteMessages', '"autoCompleteMessages": true', '"autoCompleteMessages": false'],
  ])('another %s in host.json is told', (name, said, other) => {
    expect(hostText).toContain(said);
    expect(disagreements(hostText.replace(said, other), tableText)).toEqual([expect.stringContaining(name)]);
  });

  test.each([
    ['sessions', '"requiresSession": true', '"requiresSession": false'],
    ['duplicate detection', '"requiresDuplicateDetection": false', '"requiresDuplicateDetection": true'],
    ['renewal', '"lockDurationSeconds": 60', '"lockDurationSeconds": 601'],
  ])('a table with wrong %s is told for every queue', (words, said, other) => {
    expect(tableText).toContain(said);
    const faults = disagreements(hostText, tableText.replace(said, other));
    expect(faults).toEqual(
      ['signals', 'runs', 'messages'].map((queue) => expect.stringMatching(`^${queue}: .*${words}`)),
    );
  });

  test('a missing setting is told, not taken for the default', () => {
    expect(disagreements(hostText.replace('"maxConcurrentSessions": 64,', ''), tableText)[0]).toContain(
      'maxConcurrentSessions',
    );
  });
});

describe('requirement ids', () => {
  const list =
    '| id | state | words |\n| --- | --- | --- |\n| A5 | built | x |\n| B1 | part | x |\n| C2 | later | x |\n';
  // Put together here, so that no title of this file seems to prove a requirement.
  const title = (ids: string) => `test('${ids}: it works', () => {});`;
  const tests = (...ids: string[]) => [{ path: 'test/a.test.ts', text: ids.map(title).join('\n') }];

  test('what is built, wholly or in part, needs a test; what comes later needs none', () => {
    expect(missingTests(list, tests())).toEqual([expect.stringMatching(/^A5 /), expect.stringMatching(/^B1 /)]);
    expect(missingTests(list, tests('A5, B1'))).toEqual([]);
    expect(missingTests(list, tests('A5', 'B1'))).toEqual([]);
  });

  test('an id counts at the head of a title, and nowhere else', () => {
    const elsewhere = "test('about A9: x', f); // E1: no\nconst words = ['D3: no'];";
    expect(idsIn(`${title('A5')} test.each([1])(\n  \`${'B1'} and C2: two\`, f); ${elsewhere}`)).toEqual([
      'A5',
      'B1',
      'C2',
    ]);
  });

  test('an id that the list does not know, an unknown state and a second row are told', () => {
    expect(missingTests(list, tests('A5', 'B1', 'L9'))).toEqual([expect.stringContaining('L9')]);
    const broken = `${list}| A5 | built | again |\n| D1 | done | x |\n`;
    expect(missingTests(broken, tests('A5', 'B1'))).toEqual([
      expect.stringContaining('A5 is listed twice'),
      expect.stringContaining('D1 is done'),
    ]);
  });
});

describe('machine paths', () => {
  const file = (text: string) => [{ path: 'a.ts', text }];
  // Put together here, so that this file holds none itself.
  const somewhere = (folder: string, rest: string) => `/${folder}/${rest}`;

  test.each([
    somewhere('home', 'ann/lakewarden'),
    somewhere('work', 'main/shared'),
    somewhere('tmp', 'x'),
    somewhere('Users', 'ann/lakewarden'),
    `file://${somewhere('home', 'ann')}`,
    ['C:', 'Users', 'ann'].join('\\'),
  ])('%s is told with its line', (path) => {
    expect(pathsIn(file(`one\nconst a = '${path}';`), [])).toEqual([expect.stringMatching(/^a\.ts:2: /)]);
  });

  test.each([
    somewhere('Users', 'ann@example.com/notebook'),
    '/Shared/dr/failover',
    'https://example.com/work/order',
    './work/a',
    '../tmp/a',
    '/app/kill',
  ])('%s is none', (path) => {
    expect(pathsIn(file(path), [])).toEqual([]);
  });

  test('the folder of this checkout is told wherever it is, but for one that could be a route', () => {
    const checkout = '/builds/lakewarden';
    expect(pathsIn(file(`see ${checkout}/a`), [checkout])).toHaveLength(1);
    expect(pathsIn(file('POST /app/kill'), ['/app'])).toEqual([]);
  });
});

test('a download address in the lock file is told, a link is none', () => {
  const packages = {
    '': {},
    'node_modules/a': { version: '1.0.0', resolved: 'https://registry.example/a.tgz' },
    'node_modules/b': { version: '1.0.0', integrity: 'sha512-x' },
    'node_modules/c': { resolved: 'console', link: true },
  };
  expect(addressesIn(JSON.stringify({ packages }))).toEqual([expect.stringContaining('node_modules/a')]);
});

test('the page of error codes has a row for every code, by status', () => {
  const page = errorsPage({ late: { status: 503, title: 'Late' }, early: { status: 400, title: 'Early' } });
  expect(page.match(/`(early|late)`/g)).toEqual(['`early`', '`late`']);
});

describe('a tool', () => {
  const script = join(import.meta.dirname, '../fixtures/checks/tool.mjs');

  test('that succeeds has no faults, whatever it prints', async () => {
    expect(await tool('x', script, ['0', 'words']).faults()).toEqual([]);
  });

  test('that fails has what it printed on both channels as faults', async () => {
    expect(await tool('x', script, ['3', 'words']).faults()).toEqual(
      expect.arrayContaining(['out words', 'err words']),
    );
  });

  test('that fails without a word is a fault all the same', async () => {
    expect(await tool('x', script, ['3']).faults()).toEqual(['ended with 3 and said nothing']);
  });
});
