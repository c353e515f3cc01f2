// Pages over a listing taken at the first page. As the page contract allows, a page may be empty although a next token follows:
// a client that stops there loses the rest.
import { invalid } from '../errors.ts';
import { decodeToken, encodeToken } from '../router.ts';
import type { WorkspaceState } from '../state.ts';

interface Position {
  readonly listing: number;
  readonly offset: number;
  /** Pages served before this one, the empty ones included. */
  readonly page: number;
}

export interface PageLimits {
  readonly default: number;
  readonly max: number;
  readonly maxOffset: number;
}

export interface Page {
  readonly ids: readonly number[];
  readonly next: string | undefined;
  readonly previous: string | undefined;
}

/** Listings that somebody may still be paging through. */
const LISTINGS_KEPT = 200;

/** `open` takes the listing that a query asks for; `limits` are those of `limit` and `offset`. */
export function createPages(
  { emptyPageEvery }: WorkspaceState,
  limits: PageLimits,
  open: (query: URLSearchParams) => number[],
): (query: URLSearchParams) => Page {
  const listings = new Map<number, number[]>();
  let count = 0;

  function first(query: URLSearchParams): Position {
    const offset = wholeNumber(query, 'offset', 0, limits.maxOffset) ?? 0;
    count += 1;
    listings.set(count, open(query));
    listings.delete(count - LISTINGS_KEPT);
    return { listing: count, offset, page: 0 };
  }

  return (query) => {
    // [doc: runs/list] "If a request specifies a limit of 0, the service instead uses the maximum limit."
    const limit = wholeNumber(query, 'limit', 0, limits.max);
    const size = limit === 0 ? limits.max : (limit ?? limits.default);
    const token = query.get('page_token');
    const position = token ? readPosition(token) : first(query);
    const ids = listings.get(position.listing);
    if (!ids) throw invalid(`Invalid page token: ${token}`);
    const isEmptyPage = emptyPageEvery > 0 && position.page % emptyPageEvery === emptyPageEvery - 1;
    const taken = isEmptyPage ? [] : ids.slice(position.offset, position.offset + size);
    const offset = position.offset + taken.length;
    return {
      ids: taken,
      next: offset < ids.length ? encodeToken({ ...position, offset, page: position.page + 1 }) : undefined,
      previous:
        position.offset > 0
          ? encodeToken({ ...position, offset: Math.max(0, position.offset - size), page: 0 })
          : undefined,
    };
  };
}

/** Elements from the token on, at most `size`, and the token of the next ones. */
export function arrayPage<T>(all: readonly T[], token: unknown, size: number): { part: T[]; next: string | undefined } {
  const from = typeof token === 'string' && token !== '' ? Number(Object(decodeToken(token)).from) : 0;
  if (!Number.isInteger(from)) throw invalid(`Invalid page token: ${token}`);
  const part = all.slice(from, from + size);
  return { part, next: from + size < all.length ? encodeToken({ from: from + size }) : undefined };
}

function wholeNumber(query: URLSearchParams, name: string, min: number, max: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(`Invalid ${name}: ${text}. It must be between ${min} and ${max}.`);
}

function readPosition(token: string): Position {
  const { listing, offset, page } = Object(decodeToken(token));
  if (typeof listing !== 'number') throw invalid(`Invalid page token: ${token}`);
  return { listing, offset: Number(offset), page: Number(page) };
}
