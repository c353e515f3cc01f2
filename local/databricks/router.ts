// From a request to the function that answers it, with the refusals that come before any of them: unknown path, bad body.
import type { Answer, Request } from '../simulator/http-server.ts';
import { invalid, Refusal, refusal } from './errors.ts';
import type { LimitName } from './refusals.ts';

export interface ApiCall {
  readonly request: Request;
  /** From `{...}` in the route's path. */
  readonly params: Record<string, string>;
  readonly query: URLSearchParams;
  /** An empty object where there is no body. */
  readonly body: Record<string, unknown>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly limit: LimitName;
  /** One page of a list that may be long. */
  readonly isPage?: boolean;
  /** Answers the body of a 200, or throws a Refusal. */
  serve(call: ApiCall): unknown;
}

export function createRouter(
  routes: readonly Route[],
  before: (route: Route, request: Request) => void | Promise<void>,
): (request: Request) => Promise<Answer> {
  const compiled = routes.map((route) => ({ route, pattern: compile(route.path) }));
  return async (request) => {
    try {
      for (const { route, pattern } of compiled) {
        const match = route.method === request.method && pattern.exec(request.url.pathname);
        if (!match) continue;
        await before(route, request);
        return { status: 200, body: await route.serve(callOf(request, match.groups ?? {})) };
      }
      const path = request.url.pathname.replace(/^\/api\/\d\.\d/, '');
      throw refusal(404, 'ENDPOINT_NOT_FOUND', `No API found for '${request.method} ${path}'`);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  };
}

export function requiredText(fields: Record<string, unknown> | URLSearchParams, name: string): string {
  const value = fields instanceof URLSearchParams ? fields.get(name) : fields[name];
  if (typeof value !== 'string' || value === '') throw invalid(`Missing required field: ${name}`);
  return value;
}

/** A page size as sent in a query or a body; absent, empty and 0 leave the choice to the server. */
export function pageSize(value: unknown, page: { default: number; max: number }): number {
  if (value === undefined || value === null || value === '' || Number(value) === 0) return page.default;
  const size = Number(value);
  if (!Number.isInteger(size) || size < 0) throw invalid(`Invalid page_size: ${value}`);
  return Math.min(size, page.max);
}

export function encodeToken(content: unknown): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

export function decodeToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    throw invalid(`Invalid page token: ${token}`);
  }
}

function callOf(request: Request, groups: Record<string, string>): ApiCall {
  const { body, url } = request;
  if (typeof body === 'string' || Array.isArray(body)) {
    throw refusal(
      400,
      'MALFORMED_REQUEST',
      'Invalid JSON given in the body of the request - failed to parse given JSON',
    );
  }
  const fields = typeof body === 'object' && body !== null ? { ...body } : {};
  return { request, params: groups, query: url.searchParams, body: fields };
}

/** Named groups are found by name, and hold one path segment each. */
function compile(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}
