// clusters/events: the event log by pages, newest first. It answers both ways to the next page, the deprecated `next_page`
// (which the SDK's iterator follows) and `next_page_token`; a page is pinned to the end time of the first, so that nothing shifts.
import { type Cluster, type ClusterEvent, eventsAt } from './cluster.ts';
import { invalid } from './errors.ts';
import { EVENT_PAGE } from './refusals.ts';
import { decodeToken, encodeToken, pageSize } from './router.ts';

type Fields = Record<string, unknown>;

interface Window {
  readonly offset: number;
  readonly end: number;
}

export function eventsPage(cluster: Cluster, body: Fields, now: number): unknown {
  const descending = isDescending(body.order);
  const size = pageSize(body.page_size ?? body.limit, EVENT_PAGE);
  const { offset, end } = windowOf(body, descending, now);
  // Sorted, because a state forced by a test may be dated before what is there already.
  const wanted = eventsAt(cluster, now).filter((event) => isWanted(event, body, end));
  const events = wanted.toSorted((a, b) => a.timestamp - b.timestamp);
  if (descending) events.reverse();
  const page = events.slice(offset, offset + size);
  const nextOffset = offset + page.length;
  const more = nextOffset < events.length;
  return {
    ...(page.length > 0 && { events: page.map((event) => ({ cluster_id: cluster.id, ...event })) }),
    ...(more && { next_page: nextPage(cluster.id, body, { offset: nextOffset, end }, size) }),
    next_page_token: more ? encodeToken({ offset: nextOffset, end }) : '',
    prev_page_token: offset > 0 ? encodeToken({ offset: Math.max(0, offset - size), end }) : '',
    // "Returns 0 when request uses page_token."
    total_count: body.page_token ? 0 : events.length,
  };
}

function windowOf(body: Fields, descending: boolean, now: number): Window {
  if (typeof body.page_token === 'string' && body.page_token !== '') return readToken(body.page_token);
  const offset = Number(body.offset ?? 0);
  if (!Number.isInteger(offset) || offset < 0) throw invalid(`Invalid offset: ${body.offset}`);
  if (offset > 0 && descending && body.end_time === undefined) {
    throw invalid(
      'When an offset is specified and the results are requested in descending order, the end_time field is required.',
    );
  }
  return { offset, end: Number(body.end_time ?? now) };
}

function isDescending(order: unknown): boolean {
  if (order === undefined || order === 'DESC') return true;
  if (order === 'ASC') return false;
  throw invalid(`Invalid order: ${order}`);
}

function isWanted(event: ClusterEvent, body: Fields, end: number): boolean {
  if (event.timestamp > end || event.timestamp < Number(body.start_time ?? 0)) return false;
  return !Array.isArray(body.event_types) || body.event_types.length === 0 || body.event_types.includes(event.type);
}

function nextPage(id: string, body: Fields, window: Window, limit: number): Fields {
  const { order, event_types, start_time } = body;
  const kept = Object.entries({ order, event_types, start_time }).filter(([, value]) => value !== undefined);
  return { cluster_id: id, ...Object.fromEntries(kept), end_time: window.end, offset: window.offset, limit };
}

function readToken(token: string): Window {
  const content = decodeToken(token);
  if (typeof content === 'object' && content !== null && 'offset' in content && 'end' in content) {
    return { offset: Number(content.offset), end: Number(content.end) };
  }
  throw invalid(`Invalid page token: ${token}`);
}
