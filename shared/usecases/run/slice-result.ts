// What one slice of a run found out or did. Doing returns it, recording turns it into one commit.
import type { Attempt } from '../../domain/runbooks/run.ts';
import type { TerminationReason } from '../../domain/signals/signal.ts';

export type SliceResult =
  /** The step is set going, by us (`text`) or by somebody else: verify from now on. */
  | {
      readonly is: 'set-going';
      readonly because: string;
      readonly seen: string | null;
      readonly attempt?: Attempt;
      readonly byUs: boolean;
    }
  | {
      readonly is: 'waiting';
      readonly because: string;
      readonly notes?: Readonly<Record<string, unknown>>;
      readonly attempt?: Attempt;
      readonly until?: string;
    }
  /** Another system did not answer: wait longer each time. */
  | { readonly is: 'unavailable'; readonly because: string; readonly attempt?: Attempt; readonly until?: string }
  | { readonly is: 'held'; readonly because: string; readonly until?: string }
  | { readonly is: 'verified'; readonly because: string; readonly recoveredAt?: string }
  | {
      readonly is: 'failed';
      readonly because: string;
      readonly retryable: boolean;
      readonly reason?: TerminationReason;
      readonly attempt?: Attempt;
    }
  /** Nobody can tell what happened: a person has to look. */
  | { readonly is: 'pause'; readonly because: string };
