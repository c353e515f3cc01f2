// Text and times of senders, made fit to be stored and shown.
import * as z from 'zod';

/** Databricks did not exist before: an earlier time is seconds taken for milliseconds, or a default. */
const EARLIEST_MS = Date.UTC(2013, 0, 1);
const LATEST_MS = Date.UTC(3001, 0, 1);

export const instant = z
  .custom<number | string>((value) => instantOf(value) !== undefined, {
    error: 'must be milliseconds since 1970 or an ISO time with a zone (2026-11-20T14:00:00Z), between 2013 and 3000',
  })
  .transform((value) => instantOf(value));

function instantOf(value: unknown): string | undefined {
  const milliseconds = millisecondsOf(value);
  const plausible = milliseconds >= EARLIEST_MS && milliseconds < LATEST_MS;
  return plausible ? new Date(milliseconds).toISOString() : undefined;
}

function millisecondsOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return Number.NaN;
  if (/^\d{1,16}$/.test(value)) return Number(value);
  return z.iso.datetime({ offset: true }).safeParse(value).success ? Date.parse(value) : Number.NaN;
}

/** Control characters out, so that names cannot forge lines of logs and messages. */
export function oneLine(text: string, limit: number): string {
  return cut(text.toWellFormed().replace(/\p{Cc}/gu, ' '), limit).trim();
}

export function severalLines(text: string, limit: number): string {
  return cut(text.toWellFormed().replace(/[^\P{Cc}\n\t]/gu, ' '), limit);
}

/** Never through the middle of a surrogate pair: half of one is no text that can be stored. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const splitsPair = text.slice(0, limit).isWellFormed() === false;
  return text.slice(0, splitsPair ? limit - 1 : limit);
}
