// When a source is in trouble (A9): its reads have failed for a while, or pull found what push had missed and push has not been heard since.
import { HEARD_EVERY_MS, type SourceState } from './source-state.ts';

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
  return unreadable(state, before) ?? quiet(state, before);
}

/** One read that failed is never a finding, however long ago: the next one may be well. */
function unreadable(
  { source, failingSince, lastFailedAt, lastFailure }: SourceState,
  before: Date,
): SourceTrouble | undefined {
  if (failingSince === undefined || lastFailedAt === undefined || lastFailedAt <= failingSince) return undefined;
  if (Date.parse(failingSince) > before.getTime()) return undefined;
  const words = `${source} cannot be read since ${failingSince}: ${lastFailure ?? 'no reason told'}`;
  return { is: 'unreadable', since: failingSince, words };
}

function quiet(
  { source, lastHeardAt, lastMissedAt, missedOf, missed }: SourceState,
  before: Date,
): SourceTrouble | undefined {
  if (lastMissedAt === undefined || Date.parse(lastMissedAt) > before.getTime()) return undefined;
  // Not every word is noted: so much later push may have been heard again.
  const heardMs = lastHeardAt === undefined ? 0 : Date.parse(lastHeardAt) + HEARD_EVERY_MS;
  if (heardMs > Date.parse(missedOf ?? lastMissedAt)) return undefined;
  const words = `${source} is quiet: pull found at ${lastMissedAt} what it had not sent (${missed} in all)`;
  return { is: 'quiet', since: lastMissedAt, words };
}
