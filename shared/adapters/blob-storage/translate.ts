// The one place that turns the blob SDK's errors into ours. Errors are read by shape, since the SDK is loaded late.
import { Broken, LakewardenError, Unavailable } from '../../domain/errors.ts';

/** Timeouts, throttling and the service's own faults. 401 and 403 too: role assignments take minutes to reach the service. */
const PASSING_STATUS = new Set([401, 403, 408, 429, 500, 502, 503, 504]);
/** A deleted container's name stays taken for at least 30 s (https://learn.microsoft.com/rest/api/storageservices/delete-container). */
const BEING_DELETED = 'ContainerBeingDeleted';
/** No answer, or one that cannot be read: the socket's errors, the SDK's own, and the identity library's. */
const NO_ANSWER = /^(E[A-Z]+|ERR_\w+|REQUEST_SEND_ERROR|PARSE_ERROR|REQUEST_ABORTED_ERROR)$/;
const NO_ANSWER_NAMES = new Set(['AbortError', 'TimeoutError', 'CredentialUnavailableError', 'AuthenticationError']);

export function translate(error: unknown): LakewardenError {
  if (error instanceof LakewardenError) return error;
  const [status, code] = [statusOf(error), codeOf(error)];
  const name = String(member(error, 'name') ?? typeof error);
  const words = `the blobs answered ${code ?? status ?? name}`;
  const isPassing =
    code === BEING_DELETED ||
    (status !== undefined && PASSING_STATUS.has(status)) ||
    NO_ANSWER_NAMES.has(name) ||
    (code !== undefined && NO_ANSWER.test(code));
  if (isPassing) return new Unavailable('store-unavailable', words, { cause: error, mayHaveHappened: true });
  return new Broken('broken', words, { cause: error });
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
