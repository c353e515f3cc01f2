// One place that turns what was seen of a failed try into our own errors. No SDK error, not even as a cause, crosses the
// port: they hold whole answers, and lose the code and words of a real Databricks error (facts/databricks.md 0.4).
import * as z from 'zod';
import { Refused, Unavailable } from '../../domain/errors.ts';
import { type Seen, Stopped, TooLate } from './answer-watch.ts';
import { NoToken } from './credentials.ts';

export interface Failure {
  readonly error: Refused | Unavailable;
  /** Whether the same call may do better: `later` only if it may be repeated at all. */
  readonly retry: 'never' | 'later' | 'with-new-token';
  readonly status?: number;
  /** Databricks' own code, from a body that is really theirs. */
  readonly errorCode?: string;
  /** Databricks' words, or ours when there are none; at most `MAX_DETAIL` characters. */
  readonly detail: string;
  /** What the answer asked for, if it did. */
  readonly retryAfterSeconds?: number;
  /** It was not sent, because in the last moment it was no longer wanted. */
  readonly unwanted?: true;
  /** It was not sent for a reason of our own: our limits, our identity, our process. */
  readonly neverLeft?: true;
}

interface FailedCall {
  readonly workspace: string;
  readonly method: string;
  readonly path: string;
}

const MAX_DETAIL = 500;
const DEFAULT_RETRY_AFTER_SECONDS = 5;
/** Databricks' answer for a path it does not have: says nothing about the object asked for. */
const ENDPOINT_NOT_FOUND = 'ENDPOINT_NOT_FOUND';

export class DeadlinePassed extends Stopped {}
/** The last look said no; its message is why. */
export class Unwanted extends Stopped {}
/** Our own limit of calls per workspace kept the call waiting for its whole budget. */
export class NoTurn extends Stopped {}
export class Closed extends Stopped {}
/** An answer that our watch has not seen may be a redirect that passes for success: never to be believed. */
export class Unwatched extends Stopped {}

/** A deadline that passed before there was a token was spent on our identity. */
function isOurOwn(error: unknown, seen: Seen | undefined): boolean {
  if (error instanceof DeadlinePassed) return seen === undefined;
  return error instanceof NoTurn || error instanceof Closed || error instanceof NoToken || error instanceof TooLate;
}

export function translate(error: unknown, seen: Seen | undefined, call: FailedCall): Failure {
  const said = seen?.errorBody === undefined ? {} : databricksWords(seen.errorBody);
  const judgement = judge(error, seen);
  const detail = said.words ?? judgement.detail;
  const what = [seen?.status, said.code, detail].filter((part) => part !== undefined && part !== '').join(' ');
  const message = `workspace ${call.workspace}, ${call.method} ${call.path}: ${what}`;
  return {
    error: judgement.refused ? new Refused('workspace-refused', message) : unavailable(message, judgement, seen),
    retry: judgement.retry,
    detail,
    ...(seen?.status === undefined ? {} : { status: seen.status }),
    ...(said.code === undefined ? {} : { errorCode: said.code }),
    ...(seen?.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: seen.retryAfterSeconds }),
    ...(error instanceof Unwanted ? { unwanted: true } : {}),
    ...(isOurOwn(error, seen) ? { neverLeft: true } : {}),
  };
}

/** The cluster (or what else was asked for) does not exist; a 404 of something between us and Databricks does not say so. */
export function saysUnknown(failure: Failure): boolean {
  if (failure.errorCode === undefined || failure.errorCode === ENDPOINT_NOT_FOUND) return false;
  if (failure.status === 404) return true;
  return failure.status === 400 && /does not exist|not found/i.test(failure.detail);
}

export function saysWrongState(failure: Failure): boolean {
  return failure.status === 400 && failure.errorCode === 'INVALID_STATE';
}

function unavailable(message: string, judgement: Judgement, seen: Seen | undefined): Unavailable {
  return new Unavailable('workspace-unavailable', message, {
    retryAfterSeconds: seen?.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS,
    mayHaveHappened: judgement.happened,
  });
}

interface Judgement {
  readonly detail: string;
  readonly retry: Failure['retry'];
  /** Whether the call may have had its effect. */
  readonly happened: boolean;
  readonly refused?: true;
}

function judge(error: unknown, seen: Seen | undefined): Judgement {
  if (error instanceof Unwanted) return { detail: error.message, retry: 'never', happened: false };
  if (error instanceof TooLate)
    return { detail: 'its time was over before it was sent', retry: 'never', happened: false };
  if (error instanceof NoTurn) return { detail: 'waited for our own limit of calls', retry: 'never', happened: false };
  if (error instanceof Closed) return { detail: 'its connections have been closed', retry: 'never', happened: false };
  if (error instanceof Unwatched)
    return { detail: 'its answer was not seen by our watch', retry: 'never', happened: true };
  if (error instanceof NoToken) return { detail: error.message, retry: 'never', happened: false };
  if (seen?.status !== undefined) return judgeAnswer(seen.status, error);
  const sent = seen?.requested ?? false;
  if (error instanceof DeadlinePassed)
    return { detail: 'no answer before the deadline', retry: 'later', happened: sent };
  return judgeConnection(systemCode(error), sent);
}

function judgeAnswer(status: number, error: unknown): Judgement {
  const happened = status < 400 || status >= 500;
  if (error instanceof DeadlinePassed) return { detail: 'the answer did not end in time', retry: 'later', happened };
  if (status === 429) return { detail: 'too many requests', retry: 'later', happened };
  // A status without the whole body: it is the body that would say what was refused.
  if (systemCode(error) !== undefined) {
    return { detail: 'the answer broke off', retry: 'later', happened };
  }
  if (status >= 500) return { detail: '', retry: 'later', happened };
  if (status >= 400) return { detail: '', retry: status === 401 ? 'with-new-token' : 'never', happened, refused: true };
  // A wrong host, a sign-in page, a proxy: asking again at once changes nothing.
  if (status >= 300) return { detail: 'redirects to somewhere else', retry: 'never', happened };
  return { detail: 'answers with something that is not JSON', retry: 'never', happened };
}

/** Nothing was sent: there was no connection (nodejs.org/api/errors.html#common-system-errors). */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function judgeConnection(code: string | undefined, sent: boolean): Judgement {
  const detail = `the connection failed (${code ?? 'unknown cause'})`;
  if (code === undefined) return { detail, retry: 'never', happened: sent };
  if (isCertificateFault(code))
    return { detail: `its certificate is not trusted (${code})`, retry: 'never', happened: false };
  return { detail, retry: 'later', happened: sent && !NEVER_CONNECTED.has(code) };
}

/** OpenSSL's verification results and Node's own (nodejs.org/api/tls.html#x509-certificate-error-codes). */
function isCertificateFault(code: string): boolean {
  return /CERT|CRL|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECODE|DECRYPT)|HOSTNAME_MISMATCH|CA_KEY|INVALID_CA|PATH_LENGTH/.test(
    code,
  );
}

const systemErrorSchema = z.object({ code: z.string() });
/** The SDK hides a failed name look-up behind an HttpError with code 500, which is no HTTP status (facts/databricks.md 1.3). */
const lookupErrorSchema = z.object({ code: z.literal(500), message: z.string().startsWith("Can't connect to") });

function systemCode(error: unknown): string | undefined {
  const system = systemErrorSchema.safeParse(error);
  if (system.success) return system.data.code;
  return lookupErrorSchema.safeParse(error).success ? 'ENOTFOUND' : undefined;
}

/** The REST API's form, that of API 1.2 (`error`) and that of SCIM (`detail`). `details` may come with or without `metadata`. */
const bodySchema = z.object({
  error_code: z.coerce.string().optional(),
  message: z.string().optional(),
  error: z.string().optional(),
  detail: z.string().optional(),
});

function databricksWords(text: string): { readonly code?: string; readonly words?: string } {
  const body = bodySchema.safeParse(parseJson(text)).data;
  const words = body?.message ?? body?.error ?? body?.detail;
  return {
    ...(body?.error_code === undefined ? {} : { code: body.error_code }),
    ...(words === undefined ? {} : { words: words.slice(0, MAX_DETAIL) }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
