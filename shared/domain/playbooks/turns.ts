// The budget of acts of one workspace: so many in each window, and turns for those who came too late, one after another at the budget's pace.
// Pure: the stores only keep the record. A turn is no grant: whoever has one asks again when it has come.

/** What is kept of a workspace. */
export interface Turns {
  /** The window that `used` counts. */
  readonly window: string;
  readonly used: number;
  /** When the last turn that was given out comes, in milliseconds; long ago when nobody waits. */
  readonly lastTurnMs: number;
}

/** The last tenth of a window has no turns: what is granted in a window has to reach the workspace within it. */
const TURNS_WITHIN = 0.9;

export const noTurns: Turns = { window: '', used: 0, lastTurnMs: 0 };

/** Those who ask at once, served in one write. */
export interface Asking {
  readonly nowMs: number;
  readonly window: string;
  readonly endsAtMs: number;
  readonly lengthMs: number;
  /** Acts in a window. */
  readonly limit: number;
  /** Those whose turn has come. */
  readonly holders: number;
  readonly newcomers: number;
}

export interface Served {
  readonly holders: number;
  readonly newcomers: number;
  /** When the turns of the newcomers that were not served come, in their order. */
  readonly turnsMs: readonly number[];
  readonly turns: Turns;
}

/** Holders come first; a newcomer is served only when nobody's turn is still ahead. */
export function served(kept: Turns, asking: Asking): Served {
  const used = usedIn(kept, asking.window);
  const left = Math.max(0, asking.limit - used);
  const holders = Math.min(asking.holders, left);
  const isQueueEmpty = kept.lastTurnMs <= asking.nowMs && holders === asking.holders;
  const newcomers = isQueueEmpty ? Math.min(asking.newcomers, left - holders) : 0;
  const turnsMs = turnsAfter(kept, asking, asking.newcomers - newcomers);
  const lastTurnMs = turnsMs.at(-1) ?? kept.lastTurnMs;
  return {
    holders,
    newcomers,
    turnsMs,
    turns: { window: asking.window, used: used + holders + newcomers, lastTurnMs },
  };
}

/** Whether a newcomer would get a turn, by what is kept. */
export function isUsedUp(kept: Turns, asking: Pick<Asking, 'nowMs' | 'window' | 'limit'>): boolean {
  return kept.lastTurnMs > asking.nowMs || usedIn(kept, asking.window) >= asking.limit;
}

function usedIn(kept: Turns, window: string): number {
  return kept.window === window ? kept.used : 0;
}

/** From the beginning of the next window on, behind the last turn that was given out. */
function turnsAfter({ lastTurnMs }: Turns, asking: Asking, count: number): number[] {
  const turnsMs: number[] = [];
  for (let last = lastTurnMs; turnsMs.length < count; ) {
    last = Math.max(asking.endsAtMs, turnAfter(last, asking));
    turnsMs.push(last);
  }
  return turnsMs;
}

/** The next turn of the same window, or the first of the next one. Windows begin at multiples of their length. */
function turnAfter(lastMs: number, { lengthMs, limit }: Asking): number {
  const startMs = Math.floor(lastMs / lengthMs) * lengthMs;
  const everyMs = (lengthMs * TURNS_WITHIN) / limit;
  const place = Math.round((lastMs - startMs) / everyMs) + 1;
  return place < limit ? Math.round(startMs + place * everyMs) : startMs + lengthMs;
}
