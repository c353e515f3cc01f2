// The host's own routes under /admin, for the master key only: list functions, run one now, say how the host is.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IndexedFunction, IndexingFault } from '../indexing.ts';
import { isRecord, tryParseJson } from '../json.ts';
import { HOST_VERSION } from '../refusals.ts';
import { isAuthorized, type Keys } from './keys.ts';
import { answerEmpty } from './response.ts';

const HOST_ID = 'lakewarden-local';
/** An order to run a function is small. */
const INPUT_LIMIT_BYTES = 1_048_576;

export interface AdminOptions {
  readonly keys: Keys;
  readonly functions: readonly IndexedFunction[];
  readonly faults: readonly IndexingFault[];
  readonly startedAtMs: number;
  readonly now: () => number;
  /** Starts a run and returns at once; the outcome is in the log. */
  runNow(fn: IndexedFunction, input: string): void;
}

export function isAdminPath(path: string): boolean {
  return /^\/admin(?:\/|$)/i.test(path);
}

export async function answerAdmin(
  options: AdminOptions,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = path.toLowerCase().replace(/\/$/, '');
  if (route === '/admin/host/ping') return answerEmpty(response, 200);
  const header = request.headers['x-functions-key'];
  const credentials = { header: typeof header === 'string' ? header : undefined, code: codeOf(request) };
  if (!isAuthorized(options.keys, credentials, 'admin')) return answerEmpty(response, 401);
  const name = /^\/admin\/functions\/([^/]+)$/.exec(route)?.[1];
  const fn = options.functions.find((known) => known.name.toLowerCase() === name);
  if (request.method === 'GET' && route === '/admin/functions')
    return answerJson(response, options.functions.map(describe));
  if (request.method === 'GET' && route === '/admin/host/status') return answerJson(response, status(options));
  if (request.method === 'GET' && fn) return answerJson(response, describe(fn));
  if (request.method === 'POST' && fn) return await runNow(options, fn, request, response);
  answerEmpty(response, 404);
}

function codeOf(request: IncomingMessage): string | undefined {
  return new URL(request.url ?? '/', 'http://localhost').searchParams.get('code') ?? undefined;
}

function describe(fn: IndexedFunction): Record<string, unknown> {
  const bindings = Object.entries(fn.registered.metadata.bindings).map(([name, binding]) => ({ ...binding, name }));
  return {
    name: fn.name,
    isDisabled: fn.isDisabled,
    language: 'node',
    bindings,
    config: { bindings, language: 'node' },
  };
}

function status({ faults, now, startedAtMs }: AdminOptions): Record<string, unknown> {
  return {
    id: HOST_ID,
    state: 'Running',
    version: HOST_VERSION,
    processUptime: now() - startedAtMs,
    ...(faults.length > 0 && {
      errors: faults.map(({ name, fault }) => `The '${name}' function is in error: ${fault}`),
    }),
  };
}

async function runNow(
  options: AdminOptions,
  fn: IndexedFunction,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // MVC's input formatters take JSON only.
  if (!/^application\/(?:.+\+)?json\b/i.test(request.headers['content-type'] ?? '')) return answerEmpty(response, 415);
  const body = tryParseJson(await readText(request));
  if (!isRecord(body) || fn.type === 'httpTrigger') return answerEmpty(response, 400);
  const input = body.input ?? '';
  if (typeof input !== 'string') return answerEmpty(response, 400);
  options.runNow(fn, input);
  answerEmpty(response, 202);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= INPUT_LIMIT_BYTES) chunks.push(chunk);
  }
  return size > INPUT_LIMIT_BYTES ? '' : Buffer.concat(chunks).toString('utf8');
}

function answerJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}
