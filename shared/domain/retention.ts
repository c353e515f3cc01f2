// How long what is over is kept. Open incidents, pointers of subjects and anchors of timelines have no end.

export interface Retention {
  /** From the closing of an incident, with everything that belongs to it. */
  readonly incidentDays: number;
  /** From the decision about a signal. */
  readonly signalDays: number;
  /** From the last arrival of a dead letter that was handled in the end. */
  readonly deadLetterDays: number;
}

/** An audit of the last business year still finds it whole. */
export const defaultRetention: Retention = { incidentDays: 400, signalDays: 400, deadLetterDays: 90 };

/** A breaker that has been closed and quiet for this long knows nothing that anybody asks for; the same failure told twice comes sooner. */
export const BREAKER_QUIET_DAYS = 30;

/** From the end of a standing order: the gate reads them all before each act. */
export const ORDER_DAYS = 30;

/** From the end of the time for which a witness of a region holds: so long a person sees who fell silent. */
export const WITNESS_DAYS = 1;

/** So long every sample of a success rate is kept. */
export const RATE_SAMPLE_DAYS = 2;
const RATE_HOUR_DAYS = 30;

/** What is kept of success rates: every sample, the last of each hour, the last of each day. */
export function rateDays({ incidentDays }: Retention): {
  readonly sample: number;
  readonly hour: number;
  readonly day: number;
} {
  return { sample: RATE_SAMPLE_DAYS, hour: RATE_HOUR_DAYS, day: incidentDays };
}

const DAY_MS = 24 * 3600 * 1000;

/** The instant before which it is over, by the calendar: on a laptop days are no shorter. */
export function daysBefore(now: Date, days: number): string {
  return new Date(now.getTime() - days * DAY_MS).toISOString();
}
