// A row of the corpus of bodies: what was posted, and where it ends in the reference estate.
import type { FailureClass } from '../../shared/domain/classification/failure-classes.ts';

export type Ending =
  | { readonly opens: FailureClass; readonly subject: RegExp }
  /** The rule of the stage that recorded it. */
  | { readonly recorded: string }
  | { readonly refused: 'InvalidInput' }
  /** It is none of Azure's. */
  | { readonly kind: 'cluster' | 'job' | 'sql-alert' | 'test' };

export interface CorpusRow {
  readonly name: string;
  readonly body: unknown;
  readonly ends: Ending;
}

export function recorded(because: string): Ending {
  return { recorded: because };
}
