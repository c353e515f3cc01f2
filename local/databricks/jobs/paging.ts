// The parts of a list by pages that are the Jobs API's own: strict limits and offsets, and arrays that come by pages themselves.
import { invalid } from '../errors.ts';
import { decodeToken, encodeToken } from '../router.ts';

export interface PageLimits {
  readonly default: number;
  readonly max: number;
  readonly maxOffset: number;
}

/** [doc: runs/list] "If a request specifies a limit of 0, the service instead uses the maximum limit." */
export function limitIn(query: URLSearchParams, limits: PageLimits): number {
  const limit = wholeNumber(query, 'limit', limits.max) ?? limits.default;
  return limit === 0 ? limits.max : limit;
}

export function offsetIn(query: URLSearchParams, { maxOffset }: PageLimits): number {
  return wholeNumber(query, 'offset', maxOffset) ?? 0;
}

/** What a list says of the pages beside it. */
export function pageFields({ next, previous }: { next: string; previous: string }): Record<string, unknown> {
  return {
    has_more: next !== '',
    ...(next !== '' && { next_page_token: next }),
    ...(previous !== '' && { prev_page_token: previous }),
  };
}

/** Elements from the token on, at most `size`, and the token of the next ones. */
export function arrayPage<T>(all: readonly T[], token: unknown, size: number): { part: T[]; next: string | undefined } {
  const from = typeof token === 'string' && token !== '' ? Number(Object(decodeToken(token)).from) : 0;
  if (!Number.isInteger(from)) throw invalid(`Invalid page token: ${token}`);
  const part = all.slice(from, from + size);
  return { part, next: from + size < all.length ? encodeToken({ from: from + size }) : undefined };
}

function wholeNumber(query: URLSearchParams, name: string, max: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw invalid(`Invalid ${name}: ${text}. It must be between 0 and ${max}.`);
}
