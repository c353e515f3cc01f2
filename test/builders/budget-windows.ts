// What a workspace received, judged by the windows of a budget: a call that was admitted at the end of a window arrives in the next one.

/** How long an admitted call may be on its way, on a machine with other work. */
const ON_ITS_WAY_MS = 1_000;

/** The most that must have been admitted in one window, whichever way what came at the beginning of a window is accounted for. */
export function mostAdmitted(instants: readonly number[], windowMs: number, limit: number): number {
  const windows = Map.groupBy(instants, (at) => Math.floor(at / windowMs));
  let most = 0;
  let room = 0;
  for (const [number, arrivals] of [...windows].toSorted(([a], [b]) => a - b)) {
    const late = arrivals.filter((at) => at - number * windowMs < ON_ITS_WAY_MS).length;
    const before = windows.has(number - 1) ? room : limit;
    const own = arrivals.length - Math.min(late, before);
    most = Math.max(most, own);
    room = Math.max(0, limit - own);
  }
  return most;
}
