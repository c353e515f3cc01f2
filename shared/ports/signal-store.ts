// What became of each signal: a projection for those with an incident, the record itself for the rest.
import type { SignalOutcome } from '../domain/signals/outcome.ts';

export interface SignalStore {
  /** Writes or replaces the outcome. */
  record(outcome: SignalOutcome): Promise<void>;
  /**
   * Writes the outcome unless another one than `quarantined` stands there: whoever was held up since it decided does not undo what
   * became of the signal since. Resolves with what stands there then.
   */
  recordOnce(outcome: SignalOutcome): Promise<SignalOutcome>;
  get(signalId: string): Promise<SignalOutcome | undefined>;
  /**
   * The outcomes decided before this instant (ISO), page by page; a page may be empty, so that whoever has no more time can leave. `from`,
   * 0 to 1, says where in the store to begin; it goes round once, so that readers who never come to the end see all of it in the long run.
   */
  decidedBefore(instant: string, from: number): AsyncIterable<readonly OldOutcome[]>;
  /** Removes it unless it was recorded again meanwhile. Missing is fine. */
  remove(outcome: OldOutcome): Promise<void>;
}

export interface OldOutcome {
  readonly signalId: string;
  /** Opaque. */
  readonly version: string;
}

/** Tells a door that waits in this process as soon as a signal's outcome is known; other processes find it in the store. */
export interface OutcomeBoard {
  post(outcome: SignalOutcome): void;
  /** To be called before the signal is sent: its outcome may be known before the broker's receipt is. */
  expect(signalId: string): Expectation;
  /** How many are waiting now. */
  readonly waiting: number;
}

export interface Expectation {
  /** Resolves when the outcome is posted; never rejects. */
  readonly outcome: Promise<SignalOutcome>;
  /** Stops waiting and forgets it. */
  done(): void;
}
