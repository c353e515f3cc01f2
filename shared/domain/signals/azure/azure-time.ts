// Times as Azure writes them: ISO with seven digits or without a zone, `3/22/2019 1:36:31 PM`, milliseconds, `/Date(…)/`; all UTC unless they say otherwise.

/** Azure Monitor is not older; `0001-01-01T00:00:00` means never (facts/azure.md 2.2). */
const EARLIEST_MS = Date.UTC(2010, 0, 1);
const LATEST_MS = Date.UTC(3001, 0, 1);
/** Numbers below are seconds since 1970. */
const LEAST_MS_AS_NUMBER = 100_000_000_000;

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d{1,9})?)?\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;
const AMERICAN =
  /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:,? (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AP])M)?)?(?: ?(?:UTC|GMT|Z|\+00:00))?$/i;
const HTTP = /^(?:[A-Z][a-z]{2,8}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:GMT|UTC|[+-]\d{4})$/;
const WRAPPED = /^\/Date\((\d{1,15})(?:[+-]\d{4})?\)\/$/;

/** ISO instant; undefined for whatever is no plausible time. */
export function azureTime(value: unknown): string | undefined {
  const milliseconds = millisecondsOf(value);
  const plausible = milliseconds >= EARLIEST_MS && milliseconds < LATEST_MS;
  return plausible ? new Date(milliseconds).toISOString() : undefined;
}

function millisecondsOf(value: unknown): number {
  if (typeof value === 'number') return value < LEAST_MS_AS_NUMBER ? value * 1000 : value;
  if (typeof value !== 'string') return Number.NaN;
  const text = value.trim();
  const number = /^\d{9,15}$/.test(text) ? text : WRAPPED.exec(text)?.[1];
  if (number !== undefined) return millisecondsOf(Number(number));
  if (HTTP.test(text)) return Date.parse(text);
  return isoMilliseconds(text) ?? americanMilliseconds(text) ?? Number.NaN;
}

function isoMilliseconds(text: string): number | undefined {
  const [, date, time = '00:00', fraction = '', zone = 'Z'] = ISO.exec(text) ?? [];
  if (date === undefined) return undefined;
  const offset = /^[+-]/.test(zone) ? zone.replace(/^(.\d{2}):?/, '$1:') : 'Z';
  return Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${fraction.slice(0, 4)}${offset}`);
}

function americanMilliseconds(text: string): number | undefined {
  const [, month, day, year, hour = '0', minute = '0', second = '0', half] = AMERICAN.exec(text) ?? [];
  if (month === undefined || Number(month) > 12 || Number(day) > 31) return undefined;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  return Date.UTC(Number(year), Number(month) - 1, Number(day), hours, Number(minute), Number(second));
}
