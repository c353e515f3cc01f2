// How many workers a cluster asks for, and how it is made smaller or larger within the estate's bounds.
import { type Settings, settingAt } from '../runbooks/settings-change.ts';

/** Without a bound of the estate: one worker at least; nobody said that it may become larger. */
const FEWEST_WORKERS = 1;

export interface SizeBounds {
  readonly minWorkers?: number | undefined;
  readonly maxWorkers?: number | undefined;
}

/** What it asks for when it starts: with automatic scaling the least of the range. */
export function workersOf(settings: Settings): number {
  const fixed = settingAt(settings, 'num_workers');
  const least = settingAt(settings, 'autoscale.min_workers');
  return typeof least === 'number' ? least : typeof fixed === 'number' ? fixed : 0;
}

/** Half of them, or as many as fit where that is known; undefined when it cannot be made smaller. */
export function smaller(
  settings: Settings,
  { minWorkers = FEWEST_WORKERS }: SizeBounds,
  fit?: number,
): Settings | undefined {
  const now = workersOf(settings);
  const wanted = Math.min(fit ?? Math.floor(now / 2), now - 1);
  if (fit !== undefined && fit < minWorkers) return undefined;
  const workers = Math.max(minWorkers, wanted);
  return workers < now ? sized(settings, workers) : undefined;
}

/** Twice as many, at most what the estate allows; undefined when it says nothing or no more is allowed. */
export function larger(settings: Settings, { maxWorkers }: SizeBounds): Settings | undefined {
  const now = workersOf(settings);
  const most = settingAt(settings, 'autoscale.max_workers');
  const ceiling = Math.min(maxWorkers ?? now, Math.max(1, now * 2));
  if (ceiling <= now) return undefined;
  if (typeof most === 'number') return { autoscale: { min_workers: ceiling, max_workers: Math.max(most, ceiling) } };
  return { num_workers: ceiling };
}

/** Only what it starts with: how far it may grow by itself later is left alone. */
function sized(settings: Settings, workers: number): Settings {
  const most = settingAt(settings, 'autoscale.max_workers');
  return typeof most === 'number'
    ? { autoscale: { min_workers: workers, max_workers: most } }
    : { num_workers: workers };
}
