// Writes what a function returned without streaming: status, headers, cookies, body (the host's RawScriptResult).
import type { ServerResponse } from 'node:http';
import type { InvocationResponse, RpcHttp, RpcHttpCookie, TypedData } from '../core-types.ts';

/** The server frames the message itself. */
const FRAMING = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

/** An empty answer of the host itself: 400, 401, 404, 500. */
export function answerEmpty(response: ServerResponse, status: number): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(status).end();
}

/** A handler that returned nothing is answered 204. */
export function answer(response: ServerResponse, result: InvocationResponse): void {
  const http = result.returnValue?.http;
  if (http) answerHttp(response, http);
  else answerEmpty(response, 204);
}

function answerHttp(response: ServerResponse, http: RpcHttp): void {
  response.statusCode = Number(http.statusCode ?? 200);
  for (const [name, value] of Object.entries(http.headers ?? {})) {
    if (!FRAMING.has(name.toLowerCase())) response.setHeader(name, value);
  }
  addCookies(response, http);
  response.end(bodyOf(http.body));
}

function addCookies(response: ServerResponse, http: RpcHttp): void {
  for (const cookie of http.cookies ?? []) response.appendHeader('set-cookie', cookieText(cookie));
}

/** SetCookieHeaderValue's order and spelling; the path defaults to `/` (CookieOptions). */
function cookieText(cookie: RpcHttpCookie): string {
  const attributes = [`${cookie.name ?? ''}=${encodeURIComponent(cookie.value ?? '')}`];
  if (cookie.expires) attributes.push(`expires=${new Date(cookie.expires.value.seconds * 1_000).toUTCString()}`);
  if (cookie.maxAge) attributes.push(`max-age=${Math.trunc(cookie.maxAge.value)}`);
  if (cookie.domain) attributes.push(`domain=${cookie.domain.value}`);
  attributes.push(`path=${cookie.path?.value ?? '/'}`);
  if (cookie.secure?.value) attributes.push('secure');
  if (cookie.sameSite && cookie.sameSite !== 'none') attributes.push(`samesite=${sameSite(cookie.sameSite)}`);
  if (cookie.httpOnly?.value) attributes.push('httponly');
  return attributes.join('; ');
}

function sameSite(value: 'lax' | 'strict' | 'explicitNone'): string {
  return value === 'explicitNone' ? 'none' : value;
}

function bodyOf(body: TypedData | null | undefined): Buffer {
  if (body?.bytes) return Buffer.from(body.bytes);
  return Buffer.from(body?.string ?? body?.json ?? '');
}
