// RFC 9457 answers. The only place that turns an error into HTTP; no stack, no secret, always a correlation id.
import type { HttpResponseInit } from '@azure/functions';
import {
  Conflict,
  type ErrorCode,
  errorCodes,
  type FieldFault,
  InvalidInput,
  LakewardenError,
  Unavailable,
} from '../domain/errors.ts';
import { etagOf } from './preconditions.ts';

export interface ProblemExtras {
  readonly correlationId: string;
  readonly fields?: readonly FieldFault[];
  readonly headers?: Record<string, string>;
  readonly status?: number;
}

export function problem(code: ErrorCode, detail: string | undefined, extras: ProblemExtras): HttpResponseInit {
  const { title, status } = errorCodes[code];
  const answered = extras.status ?? status;
  return {
    status: answered,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-correlation-id': extras.correlationId,
      ...extras.headers,
    },
    body: JSON.stringify({
      type: 'about:blank',
      title,
      status: answered,
      ...(detail === undefined ? {} : { detail }),
      code,
      correlationId: extras.correlationId,
      ...(extras.fields && extras.fields.length > 0 ? { errors: extras.fields } : {}),
    }),
  };
}

/** Not authenticated and not allowed are told without detail (A3). */
const WITHOUT_DETAIL: ReadonlySet<ErrorCode> = new Set(['not-authenticated', 'not-allowed']);

/**
 * The answer for an error that reached the door. `sender` says that an alert would be lost with a 500: it is told 503,
 * so that it tries again (facts/azure.md 3).
 */
export function problemOf(error: unknown, correlationId: string, sender: boolean): HttpResponseInit {
  if (!(error instanceof LakewardenError)) {
    return sender ? tryAgain(5, correlationId) : problem('broken', undefined, { correlationId });
  }
  const detail = WITHOUT_DETAIL.has(error.code) ? undefined : error.message;
  if (error instanceof InvalidInput) return problem(error.code, detail, { correlationId, fields: error.fields });
  if (error instanceof Unavailable) {
    return problem(error.code, detail, { correlationId, headers: { 'retry-after': String(error.retryAfterSeconds) } });
  }
  if (error instanceof Conflict && error.currentVersion !== undefined) {
    return problem(error.code, detail, { correlationId, headers: { etag: etagOf(error.currentVersion) } });
  }
  if (error.code === 'broken')
    return sender ? tryAgain(5, correlationId) : problem('broken', undefined, { correlationId });
  const challenge =
    error.code === 'not-authenticated' ? { 'www-authenticate': 'Basic realm="lakewarden", charset="UTF-8"' } : {};
  return problem(error.code, detail, { correlationId, headers: challenge });
}

function tryAgain(seconds: number, correlationId: string): HttpResponseInit {
  return problem('broken', undefined, { correlationId, status: 503, headers: { 'retry-after': String(seconds) } });
}
