// ETag and If-Match (RFC 9110): whoever changes something says which version of it was seen, so that nobody overwrites what he has not read.
import { InvalidInput } from '../domain/errors.ts';

/** An entity tag without its quotes. */
const TAG = '[\\x21\\x23-\\x7e]{0,200}';
const LIST = new RegExp(`^\\s*(?:W/)?"${TAG}"(?:\\s*,\\s*(?:W/)?"${TAG}")*\\s*$`);
const ONE = new RegExp(`(W/)?"(${TAG})"`, 'g');

/** A version as a strong entity tag. */
export function etagOf(version: string): string {
  return `"${version}"`;
}

/**
 * The versions of If-Match, or `any` for `*`. A weak tag matches nothing, as the RFC has it.
 * Throws `InvalidInput`: `precondition-required` without the header, `bad-request` when it cannot be read.
 */
export function requireIfMatch(header: string | null): 'any' | readonly string[] {
  if (header === null || header.trim() === '') {
    throw new InvalidInput(
      'precondition-required',
      'Read the incident, then send its ETag as If-Match; or If-Match: * if you mean it whatever has happened meanwhile.',
    );
  }
  if (header.trim() === '*') return 'any';
  if (!LIST.test(header)) {
    throw new InvalidInput('bad-request', 'If-Match must be * or an ETag as it was answered, in its double quotes.');
  }
  return [...header.matchAll(ONE)].flatMap(([, weak, tag = '']) => (weak === undefined ? [tag] : []));
}
