// Sees each HTTP answer before the SDK does. The SDK hides what we must know (Retry-After, status and body behind its own
// retries) and does with redirects what must not be: on 301/302 it sends the bearer token to whatever host Location names
// and never settles, a relative Location ends the process by an unhandled rejection, and 307/308 count as success.
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Emitted by node:http in the caller's async context, before anything is sent (nodejs.org/api/diagnostics_channel.html). */
const REQUEST_CREATED = 'http.client.request.created';
/** A server that asks for more than this is asked again by the caller's schedule, not by a sleeping call. */
const MAX_RETRY_AFTER_SECONDS = 3_600;
/** Error bodies of Databricks have a few hundred characters; a page of HTML is not kept whole. */
const MAX_ERROR_BODY = 64 * 1_024;

/** What is known about one try; filled while it runs. */
export interface Seen {
  readonly token: string;
  /** The try is over, whatever the SDK still does with it. */
  readonly settle: (reason: Stopped) => void;
  /** Cuts the connection too. */
  readonly abort: (reason: Stopped) => void;
  /** Whether it may still be sent. */
  readonly isInTime: () => boolean;
  requested: boolean;
  status?: number;
  retryAfterSeconds?: number;
  /** Of a whole answer with an error status. */
  errorBody?: string;
}

/** Why a try ended before the SDK said anything. */
export class Stopped extends Error {}
/** It was held up until its time was over, and certainly not sent. */
export class TooLate extends Stopped {}

export class AnswerWatch {
  readonly #tries = new AsyncLocalStorage<Seen>();
  readonly #listener = (message: unknown): void => this.#onRequest(message);

  constructor() {
    subscribe(REQUEST_CREATED, this.#listener);
  }

  run<T>(seen: Seen, work: () => Promise<T>): Promise<T> {
    return this.#tries.run(seen, work);
  }

  /** The try that the calling code belongs to. */
  current(): Seen | undefined {
    return this.#tries.getStore();
  }

  close(): void {
    unsubscribe(REQUEST_CREATED, this.#listener);
  }

  #onRequest(message: unknown): void {
    const seen = this.#tries.getStore();
    const request = requestOf(message);
    if (seen === undefined || request === undefined) return;
    if (mustStop(request, seen)) return;
    seen.requested = true;
    request.once('socket', (socket) => guard(request, socket, seen));
    // Prepended: the SDK's own listener, already there, is the one that follows redirects.
    request.prependOnceListener('response', (response: IncomingMessage) => note(response, seen));
  }
}

/** Nothing has left before the connection stands, and making one may take any time: what comes after that is too late then. */
function guard(request: ClientRequest, socket: Socket, seen: Seen): void {
  if (!socket.connecting) return void mustStop(request, seen);
  // Prepended: what was written meanwhile leaves by a listener of its own.
  socket.prependOnceListener(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => mustStop(request, seen));
}

function mustStop(request: ClientRequest, seen: Seen): boolean {
  if (seen.isInTime()) return false;
  seen.requested = false;
  seen.abort(new TooLate());
  request.destroy();
  return true;
}

function note(response: IncomingMessage, seen: Seen): void {
  const status = response.statusCode ?? 0;
  seen.status = status;
  const retryAfterSeconds = parseRetryAfter(response.headers['retry-after']);
  if (retryAfterSeconds !== undefined) seen.retryAfterSeconds = retryAfterSeconds;
  if (status >= 400) readError(response, seen);
  if (status < 300 || status >= 400) return;
  delete response.headers.location;
  seen.abort(new Stopped('redirected'));
}

/** By ourselves, because the SDK swallows what it thinks worth a retry, and after a pause of more than a second. */
function readError(response: IncomingMessage, seen: Seen): void {
  let body = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    if (body.length < MAX_ERROR_BODY) body += chunk;
  });
  response.on('end', () => {
    seen.errorBody = body;
    seen.settle(new Stopped('answered with an error'));
  });
}

/** Seconds, or an HTTP date (RFC 9110, 10.2.3). */
function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(0, Math.ceil(seconds)));
}

function requestOf(message: unknown): ClientRequest | undefined {
  if (typeof message !== 'object' || message === null || !('request' in message)) return undefined;
  return message.request instanceof ClientRequest ? message.request : undefined;
}
