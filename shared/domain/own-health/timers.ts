// How often each timer runs, in real seconds: who is silent for longer has missed its schedule (D6). A test holds it against the schedules.

export const timerPeriodSeconds = {
  'poll-components': 300,
  'assess-regions': 60,
  watchdog: 60,
  'redrive-dead-letters': 60,
  'anchor-timelines': 3600,
  'read-witnesses': 60,
  'watch-ourselves': 60,
  purge: 3600,
  'probe-regions': 60,
  'probe-connectivity': 300,
} as const;

export type WatchedTimer = keyof typeof timerPeriodSeconds;

function isWatchedTimer(name: string): name is WatchedTimer {
  return Object.hasOwn(timerPeriodSeconds, name);
}

/** A cold start or a slow pass must not look like a missed one. */
const GRACE_SECONDS = 60;

export interface Heartbeat {
  readonly name: string;
  /** ISO instant of its last pass. */
  readonly at: string;
}

/** The timers whose last pass is longer ago than two periods. */
export function lateTimers(beats: readonly Heartbeat[], now: Date): Heartbeat[] {
  return beats.filter(({ name, at }) => {
    if (!isWatchedTimer(name)) return false;
    const allowedSeconds = 2 * timerPeriodSeconds[name] + GRACE_SECONDS;
    return now.getTime() - Date.parse(at) > allowedSeconds * 1000;
  });
}
