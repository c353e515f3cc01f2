// The one place that turns the table SDK's errors into ours. Errors are read by shape, since the SDK is loaded late.
import { Broken, Conflict, LakewardenError, Unavailable } from '../../domain/errors.ts';

/** Timeouts, throttling and the service's own faults. 401 and 403 too: role assignments take minutes to reach the service. */
const PASSING_STATUS = new Set([401, 403, 408, 429, 500, 502, 503, 504]);
/** A deleted table's name stays taken for at least 40 s (https://learn.microsoft.com/rest/api/storageservices/delete-table). */
const PASSING_CODES = new Set(['TableBeingDeleted', 'ServerBusy', 'OperationTimedOut']);
/** Our own deadline, and the identity library's words (which come with statuses of their own). */
const PASSING_NAMES = new Set([
  'AbortError',
  'TimeoutError',
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
]);
/** What Node and the SDK throw at an argument that cannot be. */
const BUG_NAMES = new Set(['TypeError', 'RangeError', 'SyntaxError']);
const SLOW_RETRY_SECONDS = 30;

interface Fault {
  readonly name: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
}

export function translate(error: unknown): LakewardenError {
  if (error instanceof LakewardenError) return error;
  const fault = faultOf(error);
  const words = `the tables answered ${fault.code ?? fault.status ?? fault.name}`;
  if (isPassing(fault)) return new Unavailable('store-unavailable', words, retryOf(fault, error));
  if (fault.status === 409 || fault.status === 412) return new Conflict('written-meanwhile', words, { cause: error });
  return new Broken('broken', words, { cause: error });
}

/** A write may always have happened: the SDK repeats it, and an earlier try may have reached the service. */
function retryOf(fault: Fault, cause: unknown) {
  const isAccess = fault.status === 401 || fault.status === 403;
  return { cause, mayHaveHappened: true, ...(isAccess && { retryAfterSeconds: SLOW_RETRY_SECONDS }) };
}

function isPassing({ name, status, code }: Fault): boolean {
  if (PASSING_NAMES.has(name)) return true;
  if (code !== undefined && PASSING_CODES.has(code)) return true;
  // A good status with an error is an answer that cannot be read; a code without a status is a socket's or TLS's.
  if (status !== undefined) return status < 400 || PASSING_STATUS.has(status);
  return code !== undefined && !BUG_NAMES.has(name);
}

export function statusOf(error: unknown): number | undefined {
  return faultOf(error).status;
}

export function codeOf(error: unknown): string | undefined {
  return faultOf(error).code;
}

/** Single operations carry the service's code in `details.odataError.code`, transactions in `code`. */
function faultOf(error: unknown): Fault {
  const status = member(error, 'statusCode');
  const code = member(member(member(error, 'details'), 'odataError'), 'code') ?? member(error, 'code');
  return {
    name: String(member(error, 'name') ?? typeof error),
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'string' ? code : undefined,
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
