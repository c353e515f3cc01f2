// How fresh each source is, and which of them is in trouble (A9).
import type { SourceState } from '../domain/own-health/source-state.ts';
import { type SourceTrouble, TROUBLE_AFTER_SECONDS, troubleOf } from '../domain/own-health/source-trouble.ts';
import type { Clock } from '../ports/clock.ts';
import type { SourceLog } from '../ports/source-log.ts';

export interface SourcePorts {
  readonly clock: Clock;
  readonly sources: SourceLog;
}

export interface ShownSource extends SourceState {
  readonly trouble: SourceTrouble | null;
}

/** By name. */
export async function showSources({ clock, sources }: SourcePorts): Promise<readonly ShownSource[]> {
  const before = troubleBefore(clock);
  const states = await sources.all();
  return states
    .map((state) => ({ ...state, trouble: troubleOf(state, before) ?? null }))
    .sort((a, b) => (a.source < b.source ? -1 : 1));
}

/** What began no later than this has lasted long enough to be a finding. */
function troubleBefore(clock: Clock): Date {
  const now = clock.now().getTime();
  return new Date(now - (clock.after(TROUBLE_AFTER_SECONDS).getTime() - now));
}
