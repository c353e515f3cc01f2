// Whether a lease still binds: clocks may be set back, and then an end that nobody could have set by this clock must not bind for hours.

/** What the clocks of two instances may differ by, generously. */
const CLOCKS_APART_MS = 5_000;

/** `wantedUntil` is how far ahead a lease taken now would end. */
export function isHeld(until: string, now: Date, wantedUntil: Date): boolean {
  const end = Date.parse(until);
  return end > now.getTime() && end <= wantedUntil.getTime() + CLOCKS_APART_MS;
}
