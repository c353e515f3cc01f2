// jose's errors -> ours. Whatever keeps the keys from being read says nothing about the token; everything else is the token's fault.
import { type LakewardenError, Refused, Unavailable } from '../../domain/errors.ts';

const RETRY_AFTER_SECONDS = 5;
/** Keys that could not be read, or are none. `ERR_JOSE_GENERIC`: an answer other than 200, or no JSON. */
const KEYS_AWAY: ReadonlySet<string> = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

/** While the keys were not looked for again, a key that is not among them may be a new one: 401 would lose its alert for good. */
export async function translate(error: unknown, areKeysRecent: boolean): Promise<LakewardenError> {
  const { errors } = await import('jose');
  const isUndecided = areKeysRecent && error instanceof errors.JWKSNoMatchingKey;
  if (!(error instanceof errors.JOSEError) || KEYS_AWAY.has(error.code) || isUndecided) {
    const words = isUndecided ? 'are not looked for again yet' : 'cannot be read';
    return new Unavailable('identity-unavailable', `The keys of the identity provider ${words}.`, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause: error,
    });
  }
  const isClaim = error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired;
  const which = isClaim ? ` (${error.claim})` : '';
  return new Refused('not-authenticated', `token refused: ${error.code}${which}`);
}
