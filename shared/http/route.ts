// Routes are data; this serves them: path, method, credentials, then the endpoint, and every error becomes a problem.
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { operatorCredentials, type Sender } from '../domain/credentials.ts';
import { LakewardenError, Refused } from '../domain/errors.ts';
import type { Log } from '../ports/log.ts';
import { authenticate, type Credentials } from './authenticate.ts';
import { correlationIdOf } from './correlation.ts';
import { problem, problemOf } from './problem.ts';

export interface Call {
  readonly request: HttpRequest;
  readonly correlationId: string;
  readonly caller: string;
}

export interface Endpoint {
  readonly summary: string;
  handle(call: Call): Promise<HttpResponseInit>;
}

export interface Route {
  /** `hook`: a sender of events, never told 500; `operator`: people and tools; `public`: nobody has to show credentials. */
  readonly access: 'hook' | 'operator' | 'public';
  readonly methods: Partial<Record<'GET' | 'POST', Endpoint>>;
  /** What can be posted below the path, by the name that stands for `{action}` at its end. */
  readonly actions?: Readonly<Record<string, Endpoint>>;
  /** How an error is told to people who look at a page; a problem (RFC 9457) unless it is here. */
  readonly told?: (problem: HttpResponseInit, error: unknown) => HttpResponseInit;
}

export interface RouteContext {
  readonly log: Log;
  /** Whose door it is: what opens it is chosen per sender. Undefined: people and tools. */
  readonly sender?: Sender | undefined;
  /** Throws `Unavailable` (`not-configured`) when no credentials are configured. */
  credentials(): Credentials;
}

/** `name` is the door's, for the log. */
export function serve(name: string, route: Route, context: () => RouteContext): HttpHandler {
  return async (request) => {
    const correlationId = correlationIdOf(request.headers.get('x-correlation-id'));
    try {
      const endpoint = endpointOf(route, request);
      if (!endpoint) return methodNotAllowed(route, request, correlationId);
      const caller = route.access === 'public' ? 'anyone' : await callerOf(context(), request);
      const answer = await endpoint.handle({ request, correlationId, caller });
      return {
        ...answer,
        headers: { 'cache-control': 'no-store', 'x-correlation-id': correlationId, ...answer.headers },
      };
    } catch (error) {
      logFault(context, name, error, correlationId);
      const told = problemOf(error, correlationId, route.access === 'hook');
      return route.told?.(told, error) ?? told;
    }
  };
}

async function callerOf({ sender, credentials }: RouteContext, request: HttpRequest): Promise<string> {
  const known = credentials();
  return await authenticate(request, known, sender === undefined ? operatorCredentials : known.accepted[sender]);
}

/** Throws `Refused` (`not-found`) for an action that the route does not have. */
function endpointOf(route: Route, { method, params }: HttpRequest): Endpoint | undefined {
  if (route.actions) {
    const action = params.action ?? '';
    const endpoint = Object.hasOwn(route.actions, action) ? route.actions[action] : undefined;
    if (!endpoint) throw new Refused('not-found', `There is ${Object.keys(route.actions).join(', ')} here.`);
    return method === 'POST' ? endpoint : undefined;
  }
  if (method === 'GET' || method === 'HEAD') return route.methods.GET;
  return method === 'POST' ? route.methods.POST : undefined;
}

function methodNotAllowed(route: Route, request: HttpRequest, correlationId: string): HttpResponseInit {
  const known = route.actions ? ['POST'] : Object.keys(route.methods);
  const methods = known.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const allow = methods.join(', ');
  return problem('method-not-allowed', `${request.method} is not possible here; ${allow} is.`, {
    correlationId,
    headers: { allow },
  });
}

/** Errors of ours are logged with their cause; what a caller did wrong is only counted. */
function logFault(context: () => RouteContext, route: string, error: unknown, correlationId: string): void {
  const known = error instanceof LakewardenError;
  const fields = { route, correlationId, code: known ? error.code : 'broken', because: String(error) };
  if (!known || error.code === 'broken')
    context().log.error('door failed', { ...fields, stack: error instanceof Error ? error.stack : undefined });
  else context().log.info('door refused', fields);
}
