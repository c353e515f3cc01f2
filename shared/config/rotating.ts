// Secrets of which two are valid at once, so that they rotate: the new one is added, everybody changes, the old one goes.
import { Secret } from '../domain/secret.ts';
import type { Settings } from './settings.ts';

/** Only what is right in itself: one that is too short opens nothing. */
export function readRotating(
  settings: Settings,
  name: 'API_KEYS' | 'APPROVAL_LINK_SECRET',
  text: string | undefined,
  { what, shortest }: { readonly what: string; readonly shortest: number },
): Secret[] {
  const texts = text?.split(',').map((each) => each.trim()) ?? [];
  if (texts.length > 2) settings.fault([name], `must be one ${what} or two, separated by a comma`);
  if (new Set(texts).size < texts.length) settings.fault([name], `must not be the same ${what} twice`);
  const good = texts.filter((each) => each.length >= shortest && /^[\x21-\x7e]+$/.test(each));
  if (good.length < texts.length) {
    settings.fault([name], `each ${what} must have at least ${shortest} characters, without spaces or accents`);
  }
  return good.slice(0, 2).map((each) => new Secret(each));
}
