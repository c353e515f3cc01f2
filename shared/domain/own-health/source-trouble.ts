// When a source is in trouble (A9): its reads have failed for a while, or pull found what push had missed and push has not been heard since.
import type { SourceState } from './source-state.ts';

/** Seconds of operations until a failing read, or a push that missed something, is a finding. */
export const TROUBLE_AFTER_SECONDS = 600;

export interface SourceTrouble {
  readonly is: 'unreadable' | 'quiet';
  /** ISO instant. */
  readonly since: string;
  /** For a person. */
  readonly words: string;
}

/** `before`: what began no later than then lasts long enough. */
export function troubleOf(state: SourceState, before: Date): SourceTrouble | undefined {
  const { source, failingSince, lastFailure = 'no reason told', lastHeardAt, lastMissedAt } = state;
  if (failingSince !== undefined && Date.parse(failingSince) <= before.getTime())
    return {
      is: 'unreadable',
      since: failingSince,
      words: `${source} cannot be read since ${failingSince}: ${lastFailure}`,
    };
  const isHeardSince = lastHeardAt !== undefined && lastMissedAt !== undefined && lastHeardAt > lastMissedAt;
  if (lastMissedAt === undefined || isHeardSince || Date.parse(lastMissedAt) > before.getTime()) return undefined;
  const words = `${source} is quiet: pull found at ${lastMissedAt} what it had not sent (${state.missed} in all)`;
  return { is: 'quiet', since: lastMissedAt, words };
}
