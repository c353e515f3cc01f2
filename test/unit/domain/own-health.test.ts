import { Cron } from 'croner';
import { expect, test } from 'vitest';
import { timers } from '../../../functions/registry.ts';
import { lateTimers, timerPeriodSeconds } from '../../../shared/domain/own-health/timers.ts';

test('D6: every timer is watched, by the period that its schedule has', () => {
  const periods = Object.fromEntries(
    Object.entries(timers).map(([name, schedule]) => {
      const [first, second] = new Cron(schedule, { paused: true }).nextRuns(2);
      return [name, ((second?.getTime() ?? 0) - (first?.getTime() ?? 0)) / 1000];
    }),
  );
  expect(timerPeriodSeconds).toEqual(periods);
});

test('D6: a timer is late after two periods and a minute, not before', () => {
  const now = new Date('2026-11-20T08:00:00.000Z');
  const beat = (seconds: number) => ({
    name: 'poll-components',
    at: new Date(now.getTime() - seconds * 1000).toISOString(),
  });
  expect(lateTimers([beat(660)], now)).toEqual([]);
  expect(lateTimers([beat(661)], now)).toEqual([beat(661)]);
  expect(lateTimers([{ ...beat(99_999), name: 'of-an-older-release' }], now)).toEqual([]);
});
