// The host's HTTP front on loopback: refusals in Kestrel's order (request line, headers, target), then admin, route, key,
// function. What the function does wrong ends as 500 with an empty body, never as a crash.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';
import type { HttpFunction } from '../indexing.ts';
import type { Invoker } from '../invoker.ts';
import type { HostLog } from '../log.ts';
import { LOOPBACK } from '../loopback.ts';
import {
  HTTP_FORWARD_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  PENDING_CONNECTIONS,
  REQUEST_HEADERS_LIMIT_BYTES,
  REQUEST_HEADERS_LIMIT_COUNT,
  REQUEST_HEADERS_TIMEOUT_MS,
  REQUEST_LINE_LIMIT_BYTES,
} from '../refusals.ts';
import { type AdminOptions, answerAdmin, isAdminPath } from './admin.ts';
import { isAuthorized, type Keys } from './keys.ts';
import { type HostRequest, hostRequest, httpInput, readSizedBody, triggerMetadata } from './request.ts';
import { answer, answerEmpty } from './response.ts';
import { createRouter, type Match, type Router } from './routes.ts';
import type { Forwarding, StreamProxy } from './stream-proxy.ts';
import { parseTarget } from './target.ts';

const REASON = 'This function was programmatically called via the host APIs.';
const HOMEPAGE = '<!DOCTYPE html><title>Functions host</title><p>Your Functions app is up and running';

export interface HttpOptions {
  readonly functions: readonly HttpFunction[];
  readonly admin: AdminOptions;
  readonly keys: Keys;
  readonly invoker: Invoker;
  readonly proxy: StreamProxy | undefined;
  readonly clock: Clock;
  readonly log: HostLog;
}

export class HttpFront {
  readonly #options: HttpOptions;
  readonly #router: Router;
  readonly #server: Server;
  readonly #unanswered = new Set<Promise<unknown>>();
  #isStopping = false;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#router = createRouter(options.functions);
    const limits = { maxHeaderSize: REQUEST_LINE_LIMIT_BYTES + REQUEST_HEADERS_LIMIT_BYTES };
    const timeouts = { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: REQUEST_HEADERS_TIMEOUT_MS, requestTimeout: 0 };
    this.#server = createServer({ ...limits, ...timeouts }, (request, response) => void this.#serve(request, response));
    // 0 = keep all: Node would drop the hundredth header silently, Kestrel refuses it.
    this.#server.maxHeadersCount = 0;
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const where = { port, host: LOOPBACK, backlog: PENDING_CONNECTIONS };
      this.#server.listen(where, () => resolve(portOf(this.#server.address())));
    });
  }

  /** Takes no new request; requests in flight go on. */
  stopTaking(): void {
    this.#isStopping = true;
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** Resolves when every request taken so far has its answer, or its caller is gone. */
  async whenAnswered(): Promise<void> {
    await Promise.all(this.#unanswered);
  }

  close(): void {
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A caller that vanishes must not take the host along.
    request.on('error', () => {});
    response.on('error', () => {});
    const answered = new Promise((resolve) => response.once('close', resolve));
    this.#unanswered.add(answered);
    void answered.then(() => this.#unanswered.delete(answered));
    try {
      await this.#dispatch(request, response);
    } catch (error) {
      this.#options.log.write('debug', 'Host.Http', 'the request ended in 500', { error: String(error) });
      answerEmpty(response, 500);
    }
    // What the function did not read would block the next request on this connection.
    if (!request.complete) request.resume();
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#isStopping ? 503 : refusedBecause(request);
    if (refusal) return answerEmpty(response, refusal);
    const target = parseTarget(request.url ?? '/');
    if (!target) return answerEmpty(response, 400);
    if (isAdminPath(target.path)) return answerAdmin(this.#options.admin, target.path, request, response);
    const match = this.#router(request.method ?? 'GET', target.path);
    if (!match) return target.path === '/' ? answerHomepage(response) : answerEmpty(response, 404);
    const held = hostRequest(request, target);
    if (!this.#isAuthorized(held, match.fn)) return answerEmpty(response, 401);
    if (match.fn.isDisabled) return answerEmpty(response, 404);
    const body = await readSizedBody(held);
    const { proxy } = this.#options;
    return proxy ? this.#stream(proxy, held, match, body, response) : this.#call(held, match, body, response);
  }

  #isAuthorized(request: HostRequest, fn: HttpFunction): boolean {
    const header = request.message.headers['x-functions-key'];
    const credentials = { header: typeof header === 'string' ? header : undefined, code: queryValue(request, 'code') };
    return isAuthorized(this.#options.keys, credentials, fn.authLevel, fn.name);
  }

  async #call(
    request: HostRequest,
    { fn, values }: Match,
    body: Buffer | undefined,
    response: ServerResponse,
  ): Promise<void> {
    const inputs = [{ name: fn.triggerName, data: { http: httpInput(request, values, body) } }];
    const trigger = { inputs, metadata: {}, reason: REASON, traceParent: traceParent(request) };
    answer(response, await this.#options.invoker.invoke(fn.registered, trigger));
  }

  async #stream(
    proxy: StreamProxy,
    request: HostRequest,
    match: Match,
    body: Buffer | undefined,
    response: ServerResponse,
  ): Promise<void> {
    const { fn, values } = match;
    const invocationId = randomUUID();
    const forwarding = proxy.forward(request, response, body, invocationId);
    const trigger = {
      invocationId,
      inputs: [{ name: fn.triggerName, data: { http: {} } }],
      metadata: triggerMetadata(request, { values, parameters: fn.template.parameters }, body),
      reason: REASON,
      traceParent: traceParent(request),
    };
    try {
      await this.#options.invoker.invoke(fn.registered, trigger);
      await this.#answered(forwarding, fn);
    } catch (error) {
      forwarding.abort();
      throw error;
    }
  }

  /** A streaming handler that returns nothing is never answered by the library: the caller hangs until YARP gives up. */
  #answered(forwarding: Forwarding, fn: HttpFunction): Promise<void> {
    const { clock, log } = this.#options;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const stopClock = clock.schedule(clock.now() + HTTP_FORWARD_TIMEOUT_MS, () => {
      log.write('error', 'Host.Http', 'no answer from the stream proxy: the handler returned nothing', {
        function: fn.name,
      });
      reject(new Error('RequestTimedOut'));
    });
    return Promise.race([forwarding.done, late]).finally(stopClock);
  }
}

function refusedBecause(request: IncomingMessage): number | undefined {
  const { rawHeaders, method = '', url = '' } = request;
  if (method.length + url.length + ' HTTP/1.1\r\n '.length > REQUEST_LINE_LIMIT_BYTES) return 414;
  if (rawHeaders.length / 2 > REQUEST_HEADERS_LIMIT_COUNT) return 431;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  return hosts.length > 1 ? 400 : undefined;
}

function traceParent({ message }: HostRequest): string | undefined {
  const { traceparent } = message.headers;
  return typeof traceparent === 'string' ? traceparent : undefined;
}

function queryValue({ query }: HostRequest, name: string): string | undefined {
  for (const [key, value] of query) if (key.toLowerCase() === name) return value;
  return undefined;
}

function answerHomepage(response: ServerResponse): void {
  const isOff = process.env.AzureWebJobsDisableHomepage?.toLowerCase() === 'true';
  if (isOff) answerEmpty(response, 204);
  else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(HOMEPAGE);
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === 'object' && address) return address.port;
  throw new Error('the server has no port');
}
