// Times in keys, so that the order of keys is newest first.

/** The last instant of ECMAScript; its digits hold every other one. */
const LAST_INSTANT_MS = 8_640_000_000_000_000;
const DIGITS = 16;

/** `INVERTED` as a part of a pattern. */
export const INVERTED_TIME = `\\d{${DIGITS}}`;

export function inverted(instantMs: number): string {
  return String(LAST_INSTANT_MS - instantMs).padStart(DIGITS, '0');
}

/** The instant, in ISO, that was inverted. */
export function instantOfInverted(text: string): string {
  return new Date(LAST_INSTANT_MS - Number(text)).toISOString();
}
