// NCRONTAB with six fields, parsed by NCrontab's own grammar (CrontabFieldImpl.cs) into plain numbers; croner, given
// nothing but numbers, finds the next instant. croner alone accepts what NCRONTAB rejects (`L # W ? 7`, five fields).
import { Cron } from 'croner';
import { MONITORED_SCHEDULE_MIN_MS } from '../refusals.ts';
import { parseTimeSpan } from '../time-span.ts';

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const FIELDS: readonly Field[] = [
  { name: 'second', least: 0, most: 59 },
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of week', least: 0, most: 6, names: DAYS },
];

export interface Schedule {
  readonly text: string;
  /** Two occurrences within the minute after the instant: such a schedule is not monitored (TimerSchedule.Create). */
  isSubMinuteAt(nowMs: number): boolean;
  /** The first occurrence after the instant, or undefined where there is none (February 30th). */
  nextMs(afterMs: number): number | undefined;
}

export function parseSchedule(text: string, timeZone = 'UTC'): Schedule {
  if (text.trim() === '') throw new Error('the schedule is missing');
  if (parseTimeSpan(text) !== undefined) throw new Error(`the schedule '${text}': Flex Consumption takes no TimeSpan`);
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) throw new Error(`the schedule '${text}' must have six fields`);
  const sets = FIELDS.map((field, index) => parseField(fields[index] ?? '', field));
  // domAndDow: NCrontab wants both the day of month and the day of week to hold.
  const cron = new Cron(sets.map(toCroner).join(' '), {
    mode: '6-part',
    domAndDow: true,
    timezone: timeZone,
    paused: true,
  });
  function nextMs(afterMs: number): number | undefined {
    return cron.nextRun(new Date(afterMs))?.getTime();
  }
  function isSubMinuteAt(nowMs: number): boolean {
    const first = nextMs(nowMs);
    const second = first === undefined ? undefined : nextMs(first);
    return second !== undefined && second < nowMs + MONITORED_SCHEDULE_MIN_MS;
  }
  return { text, nextMs, isSubMinuteAt };
}

function toCroner(values: ReadonlySet<number>, index: number): string {
  const { least, most } = FIELDS[index] ?? { least: 0, most: 0 };
  if (values.size === most - least + 1) return '*';
  return [...values].sort((a, b) => a - b).join(',');
}

function parseField(text: string, field: Field): Set<number> {
  const values = new Set<number>();
  for (const item of text.split(',')) for (const value of parseItem(item, field)) values.add(value);
  return values;
}

const ITEM = /^(?:(\*)|([^\s/,*-]+)(?:-([^\s/,*-]+))?)(?:\/(\d+))?$/;

function parseItem(item: string, field: Field): number[] {
  const match = ITEM.exec(item);
  if (!match) throw fieldError(item, field);
  const [, star, first, last, every] = match;
  const step = every === undefined ? 1 : Number(every);
  if (step < 1) throw fieldError(item, field);
  if (star || first === undefined) return steps(field.least, field.most, step);
  const from = parseValue(first, field);
  if (last === undefined) return every === undefined ? [from] : steps(from, field.most, step);
  const to = parseValue(last, field);
  // NCrontab puts the ends of a range in order (CrontabField.Accumulate).
  return steps(Math.min(from, to), Math.max(from, to), step);
}

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

/** Names may be shortened to any prefix; the first that fits counts, case ignored. */
function parseValue(text: string, field: Field): number {
  const value = /^\d+$/.test(text) ? Number(text) : namedValue(text, field);
  if (value < field.least || value > field.most) throw fieldError(text, field);
  return value;
}

function namedValue(text: string, field: Field): number {
  const index = field.names?.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase())) ?? -1;
  if (index < 0) throw fieldError(text, field);
  return index + field.least;
}

function fieldError(text: string, field: Field): Error {
  return new Error(
    `'${text}' is not a valid ${field.name} of an NCRONTAB expression (${field.least} to ${field.most})`,
  );
}
