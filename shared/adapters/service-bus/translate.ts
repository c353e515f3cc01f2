// The one place that turns the bus SDK's errors into ours. Errors are read by shape, since the SDK is loaded late.
import { Broken, InvalidInput, LakewardenError, Unavailable } from '../../domain/errors.ts';

const TOO_LARGE = 'MessageSizeExceeded';
/** Wrong or not yet effective rights, a missing or full queue: a person or time mends it, and nothing may be lost until then. */
const SLOW_CODES = new Set([
  'UnauthorizedAccess',
  'MessagingEntityNotFound',
  'MessagingEntityDisabled',
  'QuotaExceeded',
]);
const SLOW_RETRY_SECONDS = 30;
/** The SDK's word for an argument of ours that it cannot take. */
const BUG_NAMES = new Set(['TypeError', 'RangeError', 'SyntaxError']);

export function translate(error: unknown): LakewardenError {
  if (error instanceof LakewardenError) return error;
  const code = textOf(error, 'code');
  const name = textOf(error, 'name') ?? typeof error;
  if (code === TOO_LARGE) {
    return new InvalidInput('body-too-large', 'the message is larger than the bus takes', [], { cause: error });
  }
  if (code === undefined && BUG_NAMES.has(name)) {
    return new Broken('broken', `the bus client cannot take the message: ${name}`, { cause: error });
  }
  const slow = code !== undefined && SLOW_CODES.has(code) ? { retryAfterSeconds: SLOW_RETRY_SECONDS } : {};
  const words = `the bus answered ${code ?? name}`;
  return new Unavailable('bus-unavailable', words, { cause: error, mayHaveHappened: true, ...slow });
}

/** True for the silence of a broker that may hold up whatever comes next on the same connection. */
export function isSilence(error: unknown): boolean {
  const name = textOf(error, 'name');
  return textOf(error, 'code') === 'ServiceTimeout' || name === 'AbortError' || name === 'TimeoutError';
}

function textOf(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
