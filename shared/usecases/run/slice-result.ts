// What one slice of a run found out or did, and what that makes of the records. Doing returns the one, recording writes the other in one commit.
import type { Classification } from '../../domain/classification/classify.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import type { News } from '../../domain/notification/compose-messages.ts';
import type { RemedyId } from '../../domain/playbooks/remedy-ids.ts';
import type { RemedyParams } from '../../domain/playbooks/remedy-params.ts';
import type { Attempt, Run, StepRecord } from '../../domain/runbooks/run.ts';

export type SliceResult =
  /** The step is set going, by us (`text`) or by somebody else: verify from now on. */
  | {
      readonly is: 'set-going';
      readonly because: string;
      readonly seen: string | null;
      readonly attempt?: Attempt;
      readonly byUs: boolean;
    }
  /** One call of several was made: the next one follows at once. */
  | { readonly is: 'partly-set-going'; readonly because: string; readonly attempt?: Attempt }
  | {
      readonly is: 'waiting';
      readonly because: string;
      readonly notes?: Readonly<Record<string, unknown>>;
      readonly attempt?: Attempt;
      readonly until?: string;
    }
  /** Another system did not answer: wait longer each time. */
  | { readonly is: 'unavailable'; readonly because: string; readonly attempt?: Attempt; readonly until?: string }
  /** Not now. With an attempt: it was not sent, because its turn had passed. */
  | {
      readonly is: 'held';
      readonly because: string;
      readonly until?: string;
      readonly turn?: string;
      readonly attempt?: Attempt;
    }
  /** Only with the approval of a person, which it does not have, or not any more. */
  | { readonly is: 'ask'; readonly because: string }
  | { readonly is: 'verified'; readonly because: string; readonly recoveredAt?: string }
  | {
      readonly is: 'failed';
      readonly because: string;
      readonly retryable: boolean;
      /** It was not what the step is for: what failed before it says more. */
      readonly aside?: true;
      /** It ended again, and what its new code asks for. */
      readonly newFailure?: NewFailure;
      readonly attempt?: Attempt;
    }
  /** Of a run that is being aborted: a step is undone (none if there was none left), has to be tried again later, waits for the stop switch, or is left to a person. */
  | {
      readonly is: 'undo';
      readonly outcome: 'undone' | 'later' | 'held' | 'given-up';
      readonly step?: StepRecord;
      readonly because: string;
    }
  /** Nobody can tell what happened: a person has to look. */
  | { readonly is: 'pause'; readonly because: string };

export type Result<Is extends SliceResult['is']> = Extract<SliceResult, { is: Is }>;

/** How a component ended that a remedy had set going, and the playbook for that. */
export interface NewFailure {
  readonly classification: Pick<Classification, 'failureClass' | 'code' | 'rule'>;
  readonly remedies: readonly RemedyId[];
  readonly params: RemedyParams;
  readonly advice: string;
}

export interface NextState {
  readonly run: Run;
  readonly step: StepRecord;
  /** Steps after it that are planned anew or left out. */
  readonly others?: readonly StepRecord[];
  readonly incident: Incident;
  readonly attempts: readonly Attempt[];
  readonly events: readonly TimelineEntry[];
  readonly news?: News;
}
