// How often a run looks, and how long it waits, in seconds of operations.

/** Each object is polled at most this often (facts/databricks.md 4: at least 15 s). */
export const POLL_SECONDS = 15;
/** How soon a held run asks the gate again when nobody says until when. */
export const HELD_SECONDS = 60;
/** How long a run waits for a person's approval before it pauses. */
export const APPROVAL_SECONDS = 24 * 3600;
/** Pauses while another system does not answer; the last one repeats. */
export const OUTAGE_POLL_SECONDS = [15, 30, 60, 120] as const;
/** A call that acts ends within 20 s, its retries included (the workspace adapter's budget), plus 5 s: real seconds, also where time runs faster. */
export const LEASE_SECONDS = 25;
