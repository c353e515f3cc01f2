// `enableHttpStream`: the request goes on to the library's own HTTP server in this process, found through the capability
// HttpUri and joined to its invocation by `x-ms-invocation-id`; what it answers is the answer (DefaultHttpProxyService.cs, YARP).
import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import { LOOPBACK } from '../loopback.ts';
import { REQUEST_BODY_LIMIT_BYTES } from '../refusals.ts';
import { BodyTooLarge, type HostRequest, headerPairs } from './request.ts';

const INVOCATION_ID_HEADER = 'x-ms-invocation-id';

/** Not forwarded in either direction: they belong to one connection (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** YARP sets these itself. */
const REPLACED = new Set(['host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', INVOCATION_ID_HEADER]);

export interface Forwarding {
  /** Settles when the answer has been handed over whole; rejects when it broke. */
  readonly done: Promise<void>;
  /** Gives up, e.g. because the handler threw: the library will never answer. */
  abort(): void;
}

export class StreamProxy {
  readonly #port: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });

  constructor(httpUri: string) {
    this.#port = new URL(httpUri).port;
  }

  forward(request: HostRequest, response: ServerResponse, body: Buffer | undefined, invocationId: string): Forwarding {
    const upstream = this.#open(request, invocationId);
    const done = relay(upstream, response);
    // The library answers some requests before it has read their bodies, and none when the handler throws.
    done.catch(() => {}).then(() => drain(request, upstream));
    sendBody(request, upstream, body);
    const onCallerGone = () => upstream.destroy();
    response.once('close', onCallerGone);
    return { done, abort: () => upstream.destroy() };
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(request: HostRequest, invocationId: string): ClientRequest {
    return httpRequest({
      host: LOOPBACK,
      port: this.#port,
      agent: this.#agent,
      method: request.method,
      path: request.target.encodedPath + request.target.query,
      headers: forwardedHeaders(request, invocationId),
    });
  }
}

function forwardedHeaders(request: HostRequest, invocationId: string): string[] {
  const headers: string[] = [];
  for (const [name, value] of headerPairs(request.message)) {
    const folded = name.toLowerCase();
    if (!HOP_BY_HOP.has(folded) && !REPLACED.has(folded)) headers.push(name, value);
  }
  const remote = request.message.socket.remoteAddress ?? LOOPBACK;
  headers.push('host', request.host, 'x-forwarded-for', remote, 'x-forwarded-host', request.host);
  headers.push('x-forwarded-proto', 'http', INVOCATION_ID_HEADER, invocationId);
  if ('transfer-encoding' in request.message.headers) headers.push('transfer-encoding', 'chunked');
  return headers;
}

function sendBody({ message }: HostRequest, upstream: ClientRequest, body: Buffer | undefined): void {
  if (body || !('transfer-encoding' in message.headers)) {
    upstream.end(body);
    return;
  }
  let sent = 0;
  message.on('data', (chunk: Buffer) => {
    sent += chunk.length;
    if (sent > REQUEST_BODY_LIMIT_BYTES) upstream.destroy(new BodyTooLarge());
  });
  message.pipe(upstream);
}

/** Answered before the body was read to its end: the rest is read and thrown away, so that the connection can carry the next request. */
function drain({ message }: HostRequest, upstream: ClientRequest): void {
  if (message.complete) return;
  message.unpipe(upstream);
  upstream.destroy();
  message.resume();
}

function relay(upstream: ClientRequest, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    upstream.once('error', reject);
    upstream.once('close', () => reject(new Error('the stream proxy closed the connection')));
    upstream.once('response', (answer) => {
      if (response.destroyed) return reject(new Error('the caller has gone'));
      response.writeHead(answer.statusCode ?? 200, answerHeaders(answer));
      pipeline(answer, response, (error) => (error ? reject(error) : resolve()));
    });
  });
}

function answerHeaders(answer: IncomingMessage): string[] {
  const headers: string[] = [];
  for (const [name, value] of headerPairs(answer)) if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, value);
  return headers;
}
