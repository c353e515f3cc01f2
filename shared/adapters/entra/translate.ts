// jose's errors -> ours. Whatever keeps the keys from being read says nothing about the token; everything else is the token's fault.
import { type LakewardenError, Refused, Unavailable } from '../../domain/errors.ts';

const RETRY_AFTER_SECONDS = 5;
/** Keys that could not be read, or are none. `ERR_JOSE_GENERIC`: an answer other than 200, or no JSON. */
const KEYS_AWAY: ReadonlySet<string> = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

export async function translate(error: unknown): Promise<LakewardenError> {
  const { errors } = await import('jose');
  if (!(error instanceof errors.JOSEError) || KEYS_AWAY.has(error.code)) {
    return new Unavailable('identity-unavailable', 'The keys of the identity provider cannot be read.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause: error,
    });
  }
  const isClaim = error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired;
  const which = isClaim ? ` (${error.claim})` : '';
  return new Refused('not-authenticated', `token refused: ${error.code}${which}`);
}
