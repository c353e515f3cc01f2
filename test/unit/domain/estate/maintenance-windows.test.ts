import { expect, test } from 'vitest';
import {
  isInWindow,
  type MaintenanceWindow,
  maintenanceWindowSchema,
} from '../../../../shared/domain/estate/maintenance-windows.ts';

const sunday: MaintenanceWindow = { days: ['sun'], from: '02:00', to: '04:00', timeZone: 'UTC' };

// 2026-11-22 is a Sunday.
test.each([
  ['2026-11-22T01:59:59.999Z', false],
  ['2026-11-22T02:00:00.000Z', true],
  ['2026-11-22T03:59:59.999Z', true],
  ['2026-11-22T04:00:00.000Z', false],
  ['2026-11-23T03:00:00.000Z', false],
])('C3: Sunday 02:00 to 04:00: at %s open is %s', (at, open) => {
  expect(isInWindow([sunday], new Date(at))).toBe(open);
});

test.each([
  ['2026-11-21T23:30:00Z', true], // Saturday evening
  ['2026-11-22T00:00:00Z', true], // midnight
  ['2026-11-22T01:30:00Z', true], // the morning after
  ['2026-11-22T02:00:00Z', false],
  ['2026-11-21T01:30:00Z', false], // the morning after Friday, on which none began
  ['2026-11-22T23:30:00Z', false],
])('C3: a window over midnight belongs to the day on which it began: at %s open is %s', (at, open) => {
  const window: MaintenanceWindow = { days: ['sat'], from: '23:00', to: '02:00', timeZone: 'UTC' };
  expect(isInWindow([window], new Date(at))).toBe(open);
});

test('C3: from Sunday into Monday goes over the end of the week', () => {
  const window: MaintenanceWindow = { days: ['sun'], from: '23:00', to: '01:00', timeZone: 'UTC' };
  expect(isInWindow([window], new Date('2026-11-23T00:30:00Z'))).toBe(true);
});

test('C3: the clock is that of the people, in summer and in winter', () => {
  const window: MaintenanceWindow = { days: ['sun'], from: '02:00', to: '04:00', timeZone: 'America/New_York' };
  // 03:00 in New York is 08:00 UTC in November and 07:00 UTC in July.
  expect(isInWindow([window], new Date('2026-11-22T08:00:00Z'))).toBe(true);
  expect(isInWindow([window], new Date('2026-11-22T03:00:00Z'))).toBe(false);
  expect(isInWindow([window], new Date('2026-07-19T07:59:00Z'))).toBe(true);
  expect(isInWindow([window], new Date('2026-07-19T08:00:00Z'))).toBe(false);
});

test('C3: equal times mean a whole day from then on', () => {
  const window: MaintenanceWindow = { days: ['sun'], from: '06:00', to: '06:00', timeZone: 'UTC' };
  expect(isInWindow([window], new Date('2026-11-22T05:59:00Z'))).toBe(false);
  expect(isInWindow([window], new Date('2026-11-22T06:00:00Z'))).toBe(true);
  expect(isInWindow([window], new Date('2026-11-23T05:59:00Z'))).toBe(true);
  expect(isInWindow([window], new Date('2026-11-23T06:00:00Z'))).toBe(false);
});

test('C3: any of several windows is enough, none is never open', () => {
  const monday: MaintenanceWindow = { ...sunday, days: ['mon'] };
  expect(isInWindow([monday, sunday], new Date('2026-11-22T03:00:00Z'))).toBe(true);
  expect(isInWindow([], new Date('2026-11-22T03:00:00Z'))).toBe(false);
});

test.each([
  { ...sunday, days: [] },
  { ...sunday, days: ['sunday'] },
  { ...sunday, from: '24:00' },
  { ...sunday, to: '4:00' },
  { ...sunday, timeZone: 'Mars/Olympus' },
  { ...sunday, reason: 'patches' },
])('L4: %j is no window', (window) => {
  expect(maintenanceWindowSchema.safeParse(window).success).toBe(false);
});

test('L4: the time zone is UTC unless it is given', () => {
  const { timeZone, ...rest } = sunday;
  expect(maintenanceWindowSchema.parse(rest)).toEqual(sunday);
  expect(timeZone).toBe('UTC');
});
