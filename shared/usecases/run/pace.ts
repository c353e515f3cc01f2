// How often a run looks, and how long it waits, in seconds of operations.
import type { Clock } from '../../ports/clock.ts';

/** Each object is polled at most this often (facts/databricks.md 4: at least 15 s). */
export const POLL_SECONDS = 15;
/** How soon a held run asks the gate again when nobody says until when. */
export const HELD_SECONDS = 60;
/** How often one that is held for longer, e.g. by a freeze of days, looks whether its component is well again by itself. */
const HELD_LOOK_SECONDS = 600;
/** How long a run waits for a person's approval before it pauses. */
export const APPROVAL_SECONDS = 24 * 3600;
/** A resolved incident closes after this much quiet (D2). */
export const QUIET_SECONDS = 24 * 3600;
/** Pauses while another system does not answer; the last one repeats. */
export const OUTAGE_POLL_SECONDS = [15, 30, 60, 120] as const;
/** A call that acts ends within this, its retries included (the workspace adapter's budget): real seconds, also where time runs faster. */
const CALL_SECONDS = 20;
/** How long writing the intent down may take; whoever needs longer does not act on it any more. */
const INTENT_SECONDS = 8;
/** What the clocks of two instances may differ by. */
const CLOCKS_SECONDS = 2;
/** From the intent until nobody can be acting on it. */
export const LEASE_SECONDS = INTENT_SECONDS + CALL_SECONDS + CLOCKS_SECONDS;

/** When a held run asks again (ISO instant). Who has a turn in the budget does not look before it: a thousand that wait cost no calls. */
export function asksAgainAt(
  clock: Clock,
  { until, turn }: { readonly until?: string; readonly turn?: string },
): string {
  if (until === undefined) return clock.after(HELD_SECONDS).toISOString();
  const lookAt = clock.after(HELD_LOOK_SECONDS);
  return turn !== undefined || Date.parse(until) <= lookAt.getTime() ? until : lookAt.toISOString();
}

/** Whether a call that begins now still ends within the lease. A worker that was held up in between finds that it does not. */
export function mayStillAct(clock: Clock, until: string): boolean {
  return clock.now().getTime() <= Date.parse(until) - (CALL_SECONDS + CLOCKS_SECONDS) * 1000;
}
/** Whether a call that is sent now is sent within the lease, whatever its own clock has counted meanwhile. */
export function isWithinLease(clock: Clock, until: string): boolean {
  return clock.now().getTime() < Date.parse(until) - CLOCKS_SECONDS * 1000;
}
/** How long one step may take to be undone, outages included. */
const UNDO_SECONDS = 900;

/** When a run that is being aborted leaves what is not undone to a person. */
export function undoDeadline(clock: Clock, steps: number): string {
  return clock.after(steps * UNDO_SECONDS).toISOString();
}
