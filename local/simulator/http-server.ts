// The HTTP floor under every simulator: loopback only, whole bodies with a limit, and a stop that waits for nobody.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** More than any service simulated here takes; a body above it is cut off with 413. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** Azure's front ends keep idle connections for about four minutes; Node's 5 s would reset the clients' kept sockets. */
const KEEP_ALIVE_MS = 240_000;

export interface Request {
  readonly method: string;
  /** Path with query, as it came. */
  readonly target: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The parsed JSON, or the text where it is none, or null where there is no body. */
  readonly body: unknown;
  /** Aborts when the caller hangs up or the simulator stops. */
  readonly gone: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string> | undefined;
  /** A string is sent as it is, undefined as nothing, everything else as JSON. */
  readonly body?: unknown;
}

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

export type Exchange = (request: Request, response: ServerResponse) => Promise<void>;

export async function listen(port: number, exchange: Exchange): Promise<HttpServer> {
  const stopping = new AbortController();
  const server = createServer((incoming, response) => {
    receive(incoming, response, stopping.signal)
      .then((request) => request && exchange(request, response))
      .catch((error) => breakDown(response, error));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await bind(server, port);
  const taken = boundPort(server);
  return { port: taken, url: `http://127.0.0.1:${taken}`, stop: () => close(server, stopping) };
}

export function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed || response.headersSent) return;
  const text = typeof answer.body === 'string' || answer.body === undefined;
  const content = text ? String(answer.body ?? '') : JSON.stringify(answer.body);
  const type = text ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(answer.status, { 'content-type': type, ...answer.headers });
  response.end(content);
}

async function receive(incoming: IncomingMessage, response: ServerResponse, stopping: AbortSignal) {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) {
      send(response, { status: 413, headers: { connection: 'close' }, body: 'Request Entity Too Large' });
      return undefined;
    }
    chunks.push(chunk);
  }
  return describe(incoming, Buffer.concat(chunks).toString('utf8'), AbortSignal.any([gone.signal, stopping]));
}

function describe(incoming: IncomingMessage, text: string, gone: AbortSignal): Request {
  const target = incoming.url ?? '/';
  return {
    method: incoming.method ?? 'GET',
    target,
    url: new URL(`http://simulator${target.startsWith('/') ? target : '/'}`),
    headers: incoming.headers,
    text,
    body: parse(text),
    gone,
  };
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function breakDown(response: ServerResponse, error: unknown): void {
  // A caller that hung up in the middle of its body is no fault of the simulator.
  if (response.destroyed) return;
  console.error(error);
  send(response, { status: 500, body: { error_code: 'INTERNAL_ERROR', message: String(error) } });
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function boundPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the simulator listens on no port');
  return address.port;
}

function close(server: Server, stopping: AbortController): Promise<void> {
  stopping.abort();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
