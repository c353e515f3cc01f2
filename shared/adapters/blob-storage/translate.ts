// The one place that turns the blob SDK's errors into ours. Errors are read by shape, since the SDK is loaded late.
import { Broken, LakewardenError, Unavailable } from '../../domain/errors.ts';

/** Timeouts, throttling and the service's own faults. 401 and 403 too: role assignments take minutes to reach the service. */
const PASSING_STATUS = new Set([401, 403, 408, 429, 500, 502, 503, 504]);
/** A deleted container's name stays taken for at least 30 s (https://learn.microsoft.com/rest/api/storageservices/delete-container). */
const BEING_DELETED = 'ContainerBeingDeleted';
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

export function translate(error: unknown): LakewardenError {
  if (error instanceof LakewardenError) return error;
  const words = `the blobs answered ${codeOf(error) ?? statusOf(error) ?? nameOf(error)}`;
  if (isPassing(error)) return new Unavailable('store-unavailable', words, { cause: error, mayHaveHappened: true });
  return new Broken('broken', words, { cause: error });
}

function isPassing(error: unknown): boolean {
  const [name, status, code] = [nameOf(error), statusOf(error), codeOf(error)];
  if (PASSING_NAMES.has(name) || code === BEING_DELETED) return true;
  // A good status with an error is an answer that cannot be read; a code without a status is a socket's or TLS's.
  if (status !== undefined) return status < 400 || PASSING_STATUS.has(status);
  return code !== undefined && !BUG_NAMES.has(name);
}

function nameOf(error: unknown): string {
  return String(member(error, 'name') ?? typeof error);
}

export function statusOf(error: unknown): number | undefined {
  const status = member(error, 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

export function codeOf(error: unknown): string | undefined {
  const code = member(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
