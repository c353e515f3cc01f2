// RFC 7240 `Prefer: wait=N`. Unknown or malformed preferences are ignored, as the RFC asks.

/** Longest wait that is granted, in seconds. */
const MAX_WAIT_SECONDS = 30;

/** Seconds that the caller prefers to wait, or undefined when it says nothing usable. */
export function preferredWaitSeconds(header: string | null): number | undefined {
  for (const preference of header?.split(',') ?? []) {
    const match = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;.*)?$/i.exec(preference);
    if (match) return Math.min(Number(match[1]), MAX_WAIT_SECONDS);
  }
  return undefined;
}
