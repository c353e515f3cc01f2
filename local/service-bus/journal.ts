// What a queue tells of its changes, so that something beneath it can keep them. A change says how a thing is afterwards, never what
// was done to it: told twice, or on top of a newer state, it comes to the same.
import type { StoredMessage } from './stored-message.ts';

export type Change =
  | { readonly kind: 'message'; readonly queue: string; readonly message: StoredMessage }
  /** State and delivery count of a message whose content is as it was. */
  | { readonly kind: 'standing'; readonly queue: string; readonly message: StoredMessage }
  | { readonly kind: 'gone'; readonly queue: string; readonly sequenceNumber: number }
  | { readonly kind: 'session'; readonly queue: string; readonly id: string; readonly state: Buffer | undefined }
  /** A message id that duplicate detection remembers. */
  | { readonly kind: 'seen'; readonly queue: string; readonly messageId: string; readonly forgetAtMs: number }
  /** The highest sequence number given out so far; of a queue and its dead letters, by the queue's path. */
  | { readonly kind: 'number'; readonly queue: string; readonly last: number };

export interface Journal {
  note(change: Change): void;
  /** Runs one operation: all it notes, also if it throws, is kept together before `step` returns. Steps may nest. */
  step<T>(run: () => T): T;
}

/** Keeps nothing. */
export const noJournal: Journal = { note: () => undefined, step: (run) => run() };
