// What was seen of a failed call -> our own errors. Paths and Azure's code words only: no token, no query, no foreign error.
import { Refused, Unavailable } from '../../domain/errors.ts';

const LONGEST_PAUSE_SECONDS = 3_600;
/** Too many of them within a while; and what a front end says while it or something behind it is away. */
const PASSING = new Set([408, 425, 429]);

interface Seen {
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** 401, and another token can be had. */
  readonly isRenewable: boolean;
}

export function answeredWith(url: URL, response: Response, { body, isRenewable }: Seen): Refused | Unavailable {
  const { status, headers } = response;
  const words = `${url.pathname}: ${status}${codeIn(body)}`;
  if (isRenewable) return new Unavailable('azure-unavailable', words, { retryAfterSeconds: 0 });
  if (PASSING.has(status) || status >= 500)
    return new Unavailable('azure-unavailable', words, { retryAfterSeconds: pauseSeconds(headers) });
  if (response.ok) return new Unavailable('azure-unavailable', `${words}, but no JSON that can be read`);
  if (status >= 300 && status < 400) return new Refused('azure-refused', `${words}: redirects to somewhere else`);
  return new Refused('azure-refused', words);
}

export function noAnswer(url: URL, error: unknown): Unavailable {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  const because = isLate ? 'no answer before the deadline' : (causeCode(error) ?? 'the connection failed');
  return new Unavailable('azure-unavailable', `${url.pathname}: ${because}`, { retryAfterSeconds: 0 });
}

export function outOfTime(url: URL): Unavailable {
  return new Unavailable('azure-unavailable', `${url.pathname}: took longer than it may`);
}

/** `{"error":{"code":"AuthorizationFailed"}}`: a word; messages may hold ids of callers. */
function codeIn(body: Seen['body']): string {
  const error = body?.error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,100}$/.test(code) ? ` ${code}` : '';
}

/** Seconds or an HTTP date; 0 leaves the pause to whoever tries again. */
function pauseSeconds(headers: Headers): number {
  const header = headers.get('retry-after') ?? '';
  const seconds = /^\d+(\.\d+)?$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  return seconds > 0 ? Math.min(LONGEST_PAUSE_SECONDS, Math.ceil(seconds)) : 0;
}

/** fetch says "fetch failed" and puts the reason into `cause`. */
function causeCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}
