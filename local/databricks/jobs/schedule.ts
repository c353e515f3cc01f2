// A job's schedule: Quartz cron in its time zone. Real time, whatever the time scale: an hourly job is hourly.
import { Cron } from 'croner';
import { invalid } from '../errors.ts';

/** The first time after `afterMs`; undefined for a job without schedule, and while it is paused. */
export function nextFire(schedule: unknown, afterMs: number): number | undefined {
  if (typeof schedule !== 'object' || schedule === null) return undefined;
  const { quartz_cron_expression: expression, timezone_id: zone, pause_status: pause } = Object(schedule);
  if (pause === 'PAUSED') return undefined;
  return cron(String(expression), String(zone)).nextRun(new Date(afterMs))?.getTime();
}

export function checkSchedule(schedule: unknown): void {
  if (schedule === undefined) return;
  const { quartz_cron_expression: expression, timezone_id: zone, pause_status: pause } = Object(schedule);
  if (typeof expression !== 'string') throw invalid('Missing required field: settings.schedule.quartz_cron_expression');
  if (typeof zone !== 'string') throw invalid('Missing required field: settings.schedule.timezone_id');
  if (pause !== undefined && pause !== 'PAUSED' && pause !== 'UNPAUSED')
    throw invalid(`Invalid pause_status: ${pause}`);
  try {
    cron(expression, zone).nextRun(new Date(0));
  } catch {
    throw invalid(`Invalid Quartz cron expression or time zone: ${expression} in ${zone}`);
  }
}

/** Quartz counts the days of the week from 1, Sunday, to 7; croner from 0. A year, its seventh field, is not simulated. */
function cron(expression: string, timezone: string): Cron {
  const [second, minute, hour, day, month, weekday = '?', ...more] = expression.trim().split(/\s+/);
  if (month === undefined || more.length > 0) throw new Error('a Quartz expression has six fields');
  const days = weekday.replaceAll(/\d+/g, (number) => String(Number(number) - 1));
  return new Cron([second, minute, hour, day, month, days].join(' ').replaceAll('?', '*'), { timezone, paused: true });
}
