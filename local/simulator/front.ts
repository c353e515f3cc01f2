// The front of every simulator: writes down each call, lets an injected fault have it, and only then asks the service.
// `/_sim/` is the simulator's own door: faults, the call log and what the service adds.
import type { ServerResponse } from 'node:http';
import { type KeptMap, keptNowhere } from '../durable/kept-map.ts';
import { createCallLog } from './call-log.ts';
import { type Clock, waitUntil } from './clock.ts';
import { createFaults, type Fault } from './faults.ts';
import { type Answer, type HttpServer, listen, type Request, send } from './http-server.ts';

export interface FrontOptions {
  readonly port: number;
  readonly clock: Clock;
  serve(request: Request): Answer | Promise<Answer>;
  /** Answers under `/_sim/`; undefined is 404. */
  control?(request: Request): Answer | undefined;
  /** The service's own words for a status that was injected without a body. */
  errorBody(status: number): unknown;
  /** Where calls, and what the service adds, outlive the process; written before an answer leaves, and closed with the front. */
  readonly kept?: KeptMap;
}

export async function startFront(options: FrontOptions): Promise<HttpServer> {
  const { clock, kept = keptNowhere } = options;
  const calls = createCallLog(undefined, kept);
  const faults = createFaults(clock);

  function control(request: Request): Answer {
    const [, , kind, id] = request.url.pathname.split('/');
    const verb = `${request.method} ${kind}${id ? '/id' : ''}`;
    if (verb === 'GET calls') return { status: 200, body: calls.all() };
    if (verb === 'DELETE calls') return emptied(() => calls.clear());
    if (verb === 'POST faults') return { status: 201, body: { id: faults.add(request.body) } };
    if (verb === 'GET faults') return { status: 200, body: faults.list() };
    if (verb === 'DELETE faults') return emptied(() => faults.clear());
    if (verb === 'DELETE faults/id' && faults.clear(id)) return { status: 204 };
    return (
      options.control?.(request) ?? {
        status: 404,
        body: { error: `nothing here: ${request.method} ${request.target}` },
      }
    );
  }

  async function serve(request: Request, response: ServerResponse): Promise<void> {
    const call = calls.begin(request, clock.now());
    const fault = faults.take(request);
    if (fault) call.fault = fault.kind;
    if (fault?.kind === 'hang' || fault?.kind === 'reset') {
      kept.flush();
      return fault.kind === 'reset' ? reset(response) : undefined;
    }
    const answer = (fault && injected(fault, request, options)) ?? (await options.serve(request));
    call.status = answer.status;
    calls.note(call);
    // Since the call is there from its beginning, what it did is never on disk without it.
    kept.flush();
    if (fault?.kind === 'lost-answer') return reset(response);
    // What was asked for happens at once, and only the answer is late: a caller that gives up has still changed the world.
    if (fault?.kind === 'slow') await waitUntil(clock, clock.now() + fault.ms, request.gone);
    send(response, answer);
  }

  const server = await listen(options.port, async (request, response) => {
    if (!request.url.pathname.startsWith('/_sim/')) return serve(request, response);
    const answer = refuseInWords(() => control(request));
    kept.flush();
    send(response, answer);
  });
  return {
    ...server,
    async stop() {
      await server.stop();
      kept.close();
    },
  };
}

function injected(fault: Fault, request: Request, options: FrontOptions): Answer | undefined {
  switch (fault.kind) {
    case 'status':
      return { status: fault.status, body: fault.body ?? options.errorBody(fault.status), headers: retryAfter(fault) };
    case 'throttle':
      return { status: 429, body: options.errorBody(429), headers: retryAfter(fault) };
    case 'html':
      return { status: 200, body: LOGIN_PAGE, headers: { 'content-type': 'text/html;charset=utf-8' } };
    case 'redirect':
      return {
        status: 302,
        headers: { location: fault.to ?? `/login.html?next_url=${encodeURIComponent(request.target)}` },
      };
    default:
      return undefined;
  }
}

function retryAfter(fault: { retryAfterSeconds?: number | undefined }): Record<string, string> {
  return fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function emptied(clear: () => unknown): Answer {
  clear();
  return { status: 204 };
}

function refuseInWords(control: () => Answer): Answer {
  try {
    return control();
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

const LOGIN_PAGE = `<!DOCTYPE html>
<html><head><title>Databricks - Sign In</title></head>
<body><form action="/login.html" method="post"><button>Sign in with Microsoft Entra ID</button></form></body></html>
`;
