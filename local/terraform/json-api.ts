// JSON:API as HCP Terraform speaks it: documents, errors, and the refusals that come before any route.
import type { Answer, Request } from '../simulator/http-server.ts';

export const MEDIA_TYPE = 'application/vnd.api+json';

/** An answer that is not a success; thrown by whatever refuses. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(status: number, title: string, detail?: string, headers: Record<string, string> = {}) {
    super(detail ?? title);
    this.answer = {
      status,
      body: errorBody(status, title, detail),
      headers: { 'content-type': MEDIA_TYPE, ...headers },
    };
  }
}

/** Nothing tells a thing that is not there from one that the token may not see. */
export function notFound(): Refusal {
  return new Refusal(404, 'not found');
}

export function invalid(title: string, detail: string): Refusal {
  return new Refusal(422, title, detail);
}

export function errorBody(status: number, title = 'error', detail?: string): unknown {
  return { errors: [{ status: String(status), title, ...(detail === undefined ? {} : { detail }) }] };
}

export interface ApiCall {
  readonly request: Request;
  readonly params: Record<string, string>;
  readonly query: URLSearchParams;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly limit?: 'listRuns';
  /** A success's status and body; throws a Refusal. */
  serve(call: ApiCall): Answer;
}

export function createRouter(routes: readonly Route[], before: (route: Route) => void): (request: Request) => Answer {
  const compiled = routes.map((route) => ({ route, pattern: compile(route.path) }));
  return (request) => {
    for (const { route, pattern } of compiled) {
      const match = route.method === request.method ? pattern.exec(request.url.pathname) : null;
      if (!match) continue;
      before(route);
      return answerOf(route, { request, params: { ...match.groups }, query: request.url.searchParams });
    }
    return notFound().answer;
  };
}

function answerOf(route: Route, call: ApiCall): Answer {
  const answer = route.serve(call);
  return { ...answer, headers: { 'content-type': MEDIA_TYPE, ...answer.headers } };
}

function compile(path: string): RegExp {
  return new RegExp(`^/api/v2${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

/** A page of `all` with links and meta; `itemOf` is asked for that page only. */
export function page<Item>(
  all: readonly Item[],
  call: ApiCall,
  size: { default: number; max: number },
  itemOf: (item: Item) => unknown,
): Answer {
  const number = wholeNumber(call.query.get('page[number]'), 1);
  const perPage = Math.min(wholeNumber(call.query.get('page[size]'), size.default), size.max);
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  const next = number < pages ? number + 1 : null;
  const shown = all.slice((number - 1) * perPage, number * perPage);
  const pagination = {
    'current-page': number,
    'page-size': perPage,
    'prev-page': number > 1 ? number - 1 : null,
    'next-page': next,
    'total-pages': pages,
    'total-count': all.length,
  };
  const links = { self: call.request.target, next: next === null ? null : withPage(call.request, next) };
  return { status: 200, body: { data: shown.map(itemOf), links, meta: { pagination } } };
}

function withPage({ url }: Request, number: number): string {
  const next = new URL(url);
  next.searchParams.set('page[number]', String(number));
  return `${next.pathname}${next.search}`;
}

function wholeNumber(text: string | null, unset: number): number {
  const number = Number(text);
  return text !== null && Number.isInteger(number) && number > 0 ? number : unset;
}
