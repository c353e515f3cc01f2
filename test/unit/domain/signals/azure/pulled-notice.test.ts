// What a list tells beside what was pushed: news, or the same told a little differently.
import { expect, test } from 'vitest';
import type { AzureNotice } from '../../../../../shared/domain/signals/azure/notice.ts';
import { isNews } from '../../../../../shared/domain/signals/azure/pulled-notice.ts';

const START = Date.parse('2026-11-20T08:00:00Z');

function notice(sort: 'alert' | 'service-health', phase: AzureNotice['phase'], minute: number): AzureNotice {
  const at = new Date(START + minute * 60_000).toISOString();
  const lists = { regions: [], services: [], targets: [] };
  return { sort, key: `${sort}/1`, phase, at, isTest: false, title: 't', text: '', isGlobal: false, ...lists };
}

const rows: readonly [string, AzureNotice | undefined, AzureNotice, boolean][] = [
  ['what nobody told', undefined, notice('alert', 'active', 0), true],
  ['an alert that fired, told as fired', notice('alert', 'active', 0), notice('alert', 'active', 0), false],
  ['an alert that is over, told as fired', notice('alert', 'active', 0), notice('alert', 'over', 9), true],
  ['an alert that fired, told as over since', notice('alert', 'over', 9), notice('alert', 'active', 0), false],
  ['an alert changed by a person later', notice('alert', 'active', 0), notice('alert', 'active', 30), false],
  [
    'an update of an event, a moment apart',
    notice('service-health', 'active', 0),
    notice('service-health', 'active', 4),
    false,
  ],
  ['a later update of an event', notice('service-health', 'active', 0), notice('service-health', 'active', 6), true],
  ['an older update of an event', notice('service-health', 'active', 6), notice('service-health', 'active', 0), false],
  [
    'the end of an event at the same time',
    notice('service-health', 'active', 0),
    notice('service-health', 'over', 0),
    true,
  ],
  [
    'an event that is over, listed as active still',
    notice('service-health', 'over', 5),
    notice('service-health', 'active', 0),
    false,
  ],
];

test.each(rows)('A9, C8: %s', (_what, known, pulled, expected) => {
  expect(isNews(known, pulled)).toBe(expected);
});
