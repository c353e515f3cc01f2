// Weekly maintenance windows of a component, on the clock of the people who keep them: an end inside one is no failure (C3).
import * as z from 'zod';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof days)[number];

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 02:30');

export const maintenanceWindowSchema = z.strictObject({
  /** Days on which it begins. */
  days: z.array(z.enum(days)).min(1),
  from: timeOfDay,
  /** Not after `from`: it ends on the next day. */
  to: timeOfDay,
  timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone, e.g. America/New_York').default('UTC'),
});
export type MaintenanceWindow = z.infer<typeof maintenanceWindowSchema>;

export function isInWindow(windows: readonly MaintenanceWindow[], at: Date): boolean {
  return windows.some((window) => isOpen(window, at));
}

function isOpen({ days: opening, from, to, timeZone }: MaintenanceWindow, at: Date): boolean {
  const { day, time } = localTime(at, timeZone);
  if (from < to) return opening.includes(day) && time >= from && time < to;
  const began = time >= from && opening.includes(day);
  const goesOn = time < to && opening.includes(dayBefore(day));
  return began || goesOn;
}

function localTime(at: Date, timeZone: string): { day: Day; time: string } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const weekday = parts.get('weekday')?.toLowerCase();
  return {
    day: days.find((day) => day === weekday) ?? 'mon',
    time: `${parts.get('hour')}:${parts.get('minute')}`,
  };
}

function dayBefore(day: Day): Day {
  return days.at(days.indexOf(day) - 1) ?? 'sun';
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone });
    return true;
  } catch {
    return false;
  }
}
