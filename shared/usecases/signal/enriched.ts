// What a signal is known to mean once all that it lacked was fetched.
import type { Classification } from '../../domain/classification/classify.ts';
import type { ClusterSignal, JobRun, TerminationReason } from '../../domain/signals/signal.ts';

export interface Enriched {
  readonly reason: TerminationReason | undefined;
  readonly failedAt: string | undefined;
  /** The failure that the last incident has dealt with: nothing new. */
  readonly repeated: boolean;
  /** In these words, there is nothing to do any more. */
  readonly settled?: string;
  /** What it means, where more was looked at than a reason. */
  readonly classification?: Classification;
  /** The run that failed, as it was found. */
  readonly run?: JobRun;
  /** What subjects beside this one are to be told. */
  readonly tells?: readonly ClusterSignal[];
  readonly text?: string | undefined;
}
