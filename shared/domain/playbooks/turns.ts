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

/** Takes up to `wanted` of what is left of a window; the same turns again when nothing is left. */
export function taken(
  kept: Turns,
  { window, wanted, limit }: { readonly window: string; readonly wanted: number; readonly limit: number },
): { readonly granted: number; readonly turns: Turns } {
  const counted = countedIn(kept, window);
  const granted = Math.max(0, Math.min(wanted, limit - counted.used));
  return { granted, turns: granted === 0 ? kept : { ...kept, ...counted, used: counted.used + granted } };
}

/** Holders come first; a newcomer is served only when nobody's turn is still ahead. */
export function served(kept: Turns, asking: Asking): Served {
  const { window, used } = countedIn(kept, asking.window);
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
    turns: { window, used: used + holders + newcomers, lastTurnMs },
  };
}

/** Whether a newcomer would get a turn, by what is kept. */
export function isUsedUp(kept: Turns, asking: Pick<Asking, 'nowMs' | 'window' | 'limit'>): boolean {
  return kept.lastTurnMs > asking.nowMs || countedIn(kept, asking.window).used >= asking.limit;
}

/** An instance whose clock is behind still asks for the window before: it counts in the newer one, or each of the two would begin the other anew. */
function countedIn(kept: Turns, asked: string): Pick<Turns, 'window' | 'used'> {
  const isNewer = Number(kept.window) === Number(asked) + 1;
  return kept.window === asked || isNewer ? { window: kept.window, used: kept.used } : { window: asked, used: 0 };
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
