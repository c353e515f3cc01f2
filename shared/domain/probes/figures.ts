// Every figure of looking at the regions ourselves, in one place. Looks follow the schedule of their timers, so all times are real but one.

const MINUTE_MS = 60_000;

/** A shallow look ends within this, whatever hangs. */
export const SHALLOW_LIMIT_SECONDS = 5;
/** All parts of a deep look together. */
export const DEEP_LIMIT_SECONDS = 20;
/** A little less than five minutes: a pass that began late must not cost a turn. */
export const DEEP_EVERY_MS = 4.75 * MINUTE_MS;
export const CONNECTIVITY_LIMIT_SECONDS = 10;

/** k of n: so many of the last looks are judged together. */
export const LOOKS_JUDGED = 5;
/** Of those, so many failed: a steady fault, even if one of them came through. */
export const STEADY_FAILURES = 4;
/** So many in a row, the newest last: steady too. */
export const STEADY_IN_A_ROW = 3;

/** One short of that, the next look does not wait for its minute: a steady fault is told within three minutes of its beginning. Of operations. */
export const CONFIRM_AFTER_SECONDS = 8;
/** Fewer failures than this are not told of a region: one lost look is noise. */
export const LEAST_FAILURES_TOLD = 2;

/** Looks older than this say nothing about now. */
export const JUDGED_FOR_MS = { shallow: 10 * MINUTE_MS, deep: 16 * MINUTE_MS, connectivity: 30 * MINUTE_MS } as const;
/** Without a newer look than this, nobody knows: two turns of the timer and a little. */
export const STALE_AFTER_MS = { shallow: 3 * MINUTE_MS, deep: 11 * MINUTE_MS, connectivity: 11 * MINUTE_MS } as const;

/** Latency is compared with the median of this time. */
export const BASELINE_MS = 60 * MINUTE_MS;
/** Fewer looks are no baseline. */
export const LEAST_BASELINE_LOOKS = 10;
/** The median of so many newest looks is what is compared: one slow answer is none. */
export const NEWEST_LOOKS = 3;
/** Slow is both so many times the baseline and so much longer. */
export const SLOW = { times: 4, longerByMs: 1_000 } as const;

/** What is told to the assessment of regions holds so long without a newer look. */
export const TESTIMONY_MS = { shallow: 3 * MINUTE_MS, connectivity: 6 * MINUTE_MS } as const;

/** Beyond the auto-stop of a warehouse, until it gets the next statement of ours: an idle one has stopped by then. */
export const AUTO_STOP_MARGIN_MS = 5 * MINUTE_MS;
/** Of so many listed warehouses the state is read, until one is found that runs. */
export const MOST_WAREHOUSES_ASKED = 3;

/** Samples are kept as they are for a day, then one an hour. */
export const RAW_HOURS = 24;
export const KEPT_DAYS = 30;
