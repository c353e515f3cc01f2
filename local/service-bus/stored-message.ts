// A message as a queue keeps it, and what can be decided about it.
import type { Envelope } from './message.ts';

export type ReceiveMode = 'peek-lock' | 'receive-and-delete';
export type Properties = Readonly<Record<string, unknown>>;

export type Disposition =
  | { readonly kind: 'complete' }
  | { readonly kind: 'abandon'; readonly changes: Properties }
  | { readonly kind: 'defer'; readonly changes: Properties }
  | {
      readonly kind: 'deadLetter';
      readonly changes: Properties;
      readonly reason?: unknown;
      readonly description?: unknown;
    };

export interface StoredMessage {
  readonly sequenceNumber: number;
  readonly enqueueSequenceNumber: number;
  readonly enqueuedAtMs: number;
  readonly expiresAtMs: number;
  readonly deadLetterSource: string | undefined;
  envelope: Envelope;
  state: 'active' | 'deferred' | 'scheduled';
  deliveryCount: number;
  lock: MessageLock | undefined;
  /** Calls off the activation of a scheduled message, or the expiry of one with a time to live. */
  cancelTimer: () => void;
}

export interface MessageLock {
  readonly token: string;
  untilMs: number;
  cancelExpiry: () => void;
}

export interface Counts {
  readonly active: number;
  readonly scheduled: number;
  readonly deferred: number;
  readonly deadLettered: number;
}
