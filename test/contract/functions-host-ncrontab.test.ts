// NCRONTAB by table: what the real host understands, and what it rejects.
import { describe, expect, test } from 'vitest';
import { parseSchedule } from '../../local/functions-host/timers/ncrontab.ts';

const at = (text: string) => Date.parse(`${text}Z`);

describe('L3: NCRONTAB finds the next occurrence after an instant', () => {
  test.each([
    ['0 */5 * * * *', '2026-11-20T13:37:00', '2026-11-20T13:40:00'],
    ['0 */5 * * * *', '2026-11-20T13:40:00', '2026-11-20T13:45:00'],
    ['30 0 3 * * *', '2026-11-20T13:37:00', '2026-11-21T03:00:30'],
    ['0 0 0 1 1 *', '2026-11-20T13:37:00', '2027-01-01T00:00:00'],
    ['0 0 0 * * Mon', '2026-11-20T13:37:00', '2026-11-23T00:00:00'],
    ['0 0 0 * * mon-fr', '2026-11-21T13:37:00', '2026-11-23T00:00:00'],
    ['0 0 0 * * 0', '2026-11-20T13:37:00', '2026-11-22T00:00:00'],
    // Day of month AND day of week: Friday the 13th.
    ['0 0 0 13 * 5', '2026-11-14T00:00:00', '2027-08-13T00:00:00'],
    ['0 0 0 29 February *', '2026-11-20T00:00:00', '2028-02-29T00:00:00'],
    // From 50 to the end in steps; the ends of a range in either order.
    ['0 50/4 * * * *', '2026-11-20T13:52:00', '2026-11-20T13:54:00'],
    ['0 20-10/5 * * * *', '2026-11-20T13:11:00', '2026-11-20T13:15:00'],
    ['0,30 * * * * *', '2026-11-20T13:37:10', '2026-11-20T13:37:30'],
  ])('%s after %s', (schedule, after, next) => {
    expect(parseSchedule(schedule).nextMs(at(after))).toBe(at(next));
  });

  test('in the time zone of WEBSITE_TIME_ZONE', () => {
    expect(parseSchedule('0 0 3 * * *', 'America/New_York').nextMs(at('2026-11-20T00:00:00'))).toBe(
      at('2026-11-20T08:00:00'),
    );
  });

  test('never, for a day that does not exist', () => {
    expect(parseSchedule('0 0 0 30 2 *').nextMs(at('2026-11-20T00:00:00'))).toBeUndefined();
  });
});

describe('L4: what NCRONTAB rejects is rejected', () => {
  test.each([
    '',
    '*/5 * * * *',
    '0 0 0 * * * *',
    '@daily',
    '00:05:00',
    '0 0 0 L * *',
    '0 0 0 15W * *',
    '0 0 0 * * 5#2',
    '0 0 0 ? * 1',
    '0 0 0 * * 7',
    '60 * * * * *',
    '0 0 24 * * *',
    '0 0 0 0 * *',
    '0 0 0 * 13 *',
    '0 0 0 * * Xyz',
    '0 */0 * * * *',
    '0 1- * * * *',
    '0 1,,2 * * * *',
    '0 -1 * * * *',
  ])('%j', (schedule) => {
    expect(() => parseSchedule(schedule)).toThrow();
  });
});
