// Where the next page of a list begins, as a text that a caller hands back: the last key that was shown.
import { InvalidInput } from '../../domain/errors.ts';

export function tokenOf(shown: string): string {
  return Buffer.from(shown, 'utf8').toString('base64url');
}

/** Throws `InvalidInput` for what is no token of a key that `isKey` knows. */
export function shownIn(continuation: string, isKey: (text: string) => boolean): string {
  const shown = Buffer.from(continuation, 'base64url').toString('utf8');
  // Decoding skips what is not base64url, so only a token that is written the same again is one of ours.
  if (isKey(shown) && tokenOf(shown) === continuation) return shown;
  const field = { pointer: '/continuation', detail: 'is not a continuation that this list gave out' };
  throw new InvalidInput('bad-request', 'The continuation is not valid', [field]);
}
