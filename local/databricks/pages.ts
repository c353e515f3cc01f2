// Lists by pages, over what was there at the first page; a page may be empty although a next token follows. A client that stops
// at the first empty page loses the rest.
import { invalid } from './errors.ts';
import { decodeToken, encodeToken } from './router.ts';

/** Listings that somebody may still be paging through. */
const LISTINGS_KEPT = 200;

interface Position {
  readonly listing: number;
  readonly offset: number;
  /** Pages served before this one, the empty ones included. */
  readonly page: number;
}

export interface Pages<Id = string> {
  /** The ids of one page, and the tokens to those beside it, empty where there is none. */
  take(query: URLSearchParams, list: List<Id>): { taken: Id[]; next: string; previous: string };
}

interface List<Id> {
  /** Of a page. */
  readonly size: number;
  /** Where the first page begins. */
  readonly offset?: number;
  /** All, in their order; asked at the first page only. */
  ids(): Id[];
}

export function createPages<Id = string>(emptyPageEvery: number): Pages<Id> {
  const listings = new Map<number, Id[]>();
  let count = 0;

  function open({ ids, offset = 0 }: List<Id>): Position {
    count += 1;
    listings.set(count, ids());
    listings.delete(count - LISTINGS_KEPT);
    return { listing: count, offset, page: 0 };
  }

  return {
    take(query, list) {
      const { size } = list;
      const token = query.get('page_token');
      const position = token ? readPosition(token) : open(list);
      const ids = listings.get(position.listing);
      if (!ids) throw invalid(`Invalid page token: ${token}`);
      const isEmptyPage = emptyPageEvery > 0 && position.page % emptyPageEvery === emptyPageEvery - 1;
      const taken = isEmptyPage ? [] : ids.slice(position.offset, position.offset + size);
      const offset = position.offset + taken.length;
      const before = { ...position, offset: Math.max(0, position.offset - size), page: 0 };
      return {
        taken,
        next: offset < ids.length ? encodeToken({ ...position, offset, page: position.page + 1 }) : '',
        previous: position.offset > 0 ? encodeToken(before) : '',
      };
    },
  };
}

function readPosition(token: string): Position {
  const content = Object(decodeToken(token));
  const { listing, offset, page } = content;
  if ([listing, offset, page].every((part) => Number.isInteger(part))) return { listing, offset, page };
  throw invalid(`Invalid page token: ${token}`);
}
