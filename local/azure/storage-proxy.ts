// Stands in front of one Azurite service on loopback: counts operations, keeps the limits that Azurite lets pass, and answers
// 503 on order. Everything else passes byte for byte, Host header too, so that SharedKey signatures hold.
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../loopback.ts';
import { BeingDeleted } from './being-deleted.ts';
import { entityRefusal, parseObject, transactionRefusal } from './entity-limits.ts';
import { answerRefusal, answerTransactionRefusal } from './error-bodies.ts';
import { operationOf, type Service } from './operations.ts';
import { REFUSALS, type Refusal, TRANSACTION_BYTES } from './refusals.ts';

/** Longer than any client keeps an idle connection, so that no request races with our closing it. */
const KEEP_ALIVE_MS = 120_000;
/** What is answered while down; both are what the real service says when it is overloaded. */
const DOWN_ANSWERS: Record<number, Refusal> = { 503: REFUSALS.serverBusy, 500: REFUSALS.operationTimedOut };
/** Said by one hop to the next, never passed on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
const FALLBACK_VERSION = '2019-02-02';

export interface StorageProxyOptions {
  readonly service: Service;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where Azurite listens on loopback. */
  readonly upstreamPort: number;
  readonly now?: () => number;
  /** Awaited before any answer of the service leaves: what it says has to be kept by then. */
  readonly kept?: () => Promise<void>;
}

export interface StorageProxy {
  readonly port: number;
  /**
   * Refuses every request with `status` (503 or 500) until `up()` or, if given, until `forMs` have passed. With `partition` only
   * those that name it: partitions live on servers of their own, so one of them may be away, or throttled, alone.
   */
  down(forMs?: number, status?: number, partition?: string): void;
  up(): void;
  /** Requests by kind, what was refused while down as `refused`. */
  counts(): Record<string, number>;
  stop(): Promise<void>;
}

export async function startStorageProxy(options: StorageProxyOptions): Promise<StorageProxy> {
  const { service, upstreamPort, now = Date.now, kept = async () => undefined } = options;
  const agent = new Agent({ keepAlive: true });
  const counts = new Map<string, number>();
  const deletions = new BeingDeleted(service, now);
  let outage: Outage | undefined;

  function count(kind: string): void {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const during = outage && now() < outage.until ? outage : undefined;
    if (during && during.partition === undefined) {
      count('refused');
      return refuse(request, response, service, during.refusal);
    }
    count(operationOf(service, { method, url }));
    if (service === 'tables' && lengthOf(request) > TRANSACTION_BYTES) {
      return refuse(request, response, service, REFUSALS.requestBodyTooLarge);
    }
    const body = service === 'tables' && lengthOf(request) > 0 ? await read(request) : undefined;
    if (during?.partition !== undefined && names(during.partition, url, body)) {
      count('refused');
      return refuse(request, response, service, during.refusal);
    }
    const taken = deletions.refusal(method, url, body);
    if (taken) return refuse(request, response, service, taken);
    if (body && refusedForSize(request, response, body)) return;
    forward({ request, response, agent, upstreamPort, body }, async (status) => {
      deletions.note(method, url, status);
      await kept();
    });
  }

  const server = createServer((request, response) => {
    // A client that goes away in the middle is its own affair.
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = await listenOnLoopback(server, options.port);
  return {
    port,
    down(forMs = Number.POSITIVE_INFINITY, status = 503, partition = undefined) {
      const refusal = DOWN_ANSWERS[status];
      if (!refusal)
        throw new Error(`down: no such answer: ${status}. There is: ${Object.keys(DOWN_ANSWERS).join(', ')}`);
      outage = { until: now() + forMs, refusal, partition };
    },
    up() {
      outage = undefined;
    },
    counts: () => Object.fromEntries(counts),
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Outage {
  readonly until: number;
  readonly refusal: Refusal;
  readonly partition: string | undefined;
}

/** As the SDK writes it: in the URL of an entity, in a filter, or in an entity itself. */
function names(partition: string, url: string, body: Buffer | undefined): boolean {
  const line = decoded(url.replaceAll('+', ' '));
  const inUrl = [`PartitionKey='${partition}'`, `PartitionKey eq '${partition}'`].some((key) => line.includes(key));
  return inUrl || (body?.includes(`"PartitionKey":"${partition}"`) ?? false);
}

/** What cannot be decoded is for the service to refuse. */
function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** The SDKs always send a length. */
function lengthOf(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function refuse(request: IncomingMessage, response: ServerResponse, service: Service, refusal: Refusal): void {
  // Read what is still coming, or a client in the middle of sending sees a reset instead of the answer.
  request.resume();
  answerRefusal(response, service, refusal, versionOf(request));
}

function versionOf(request: IncomingMessage): string {
  return String(request.headers['x-ms-version'] ?? FALLBACK_VERSION);
}

/** True if the request was answered here because an entity in it is over a limit. */
function refusedForSize(request: IncomingMessage, response: ServerResponse, body: Buffer): boolean {
  const version = versionOf(request);
  if (request.headers['content-type']?.startsWith('multipart/')) {
    const found = transactionRefusal(body.toString());
    if (found) answerTransactionRefusal(response, found.refusal, found.index, version);
    return found !== undefined;
  }
  const entity = parseObject(body.toString());
  const refusal = entity && entityRefusal(entity);
  if (refusal) answerRefusal(response, 'tables', refusal, version);
  return refusal !== undefined;
}

interface Hop {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly agent: Agent;
  readonly upstreamPort: number;
  readonly body: Buffer | undefined;
}

/** `answered` is awaited before the answer is passed on; if it rejects, the client gets none. */
function forward(
  { request, response, agent, upstreamPort, body }: Hop,
  answered: (status: number) => Promise<void>,
): void {
  const upstream = httpRequest({
    host: '127.0.0.1',
    port: upstreamPort,
    method: request.method,
    path: request.url,
    headers: endToEnd(request.rawHeaders, body === undefined),
    agent,
  });
  upstream.once('error', () => response.destroy());
  upstream.once('response', (answer) => {
    answered(answer.statusCode ?? 0).then(passOn, (error: unknown) => {
      console.error(error);
      upstream.destroy();
      response.destroy();
    });

    function passOn(): void {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders, false));
      answer.pipe(response);
    }
    // An answer before the end of the body: nobody reads the rest on that connection, so it must not be used again.
    answer.once('end', () => {
      if (upstream.writableFinished) return;
      request.unpipe(upstream).resume();
      upstream.destroy();
    });
  });
  response.once('close', () => {
    if (!response.writableFinished) upstream.destroy();
  });
  if (body) upstream.end(body);
  else request.pipe(upstream);
}

function endToEnd(rawHeaders: string[], keepsChunking: boolean): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const isKept = !HOP_BY_HOP.has(name.toLowerCase()) || (keepsChunking && name.toLowerCase() === 'transfer-encoding');
    if (isKept) kept.push(name, value);
  }
  return kept;
}
