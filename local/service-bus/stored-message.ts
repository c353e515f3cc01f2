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

/** What of a message outlives the process: all but its lock and its timer. */
export type KeptMessage = Omit<StoredMessage, 'lock' | 'cancelTimer'>;

export interface MessageLock {
  readonly token: string;
  untilMs: number;
  cancelExpiry: () => void;
}

export interface NewNumbers {
  readonly number: number;
  readonly nowMs: number;
  readonly lifeMs: number;
}

export function newMessage(
  envelope: Envelope,
  state: 'active' | 'scheduled',
  { number, nowMs, lifeMs }: NewNumbers,
): StoredMessage {
  return {
    sequenceNumber: number,
    enqueueSequenceNumber: number,
    enqueuedAtMs: nowMs,
    expiresAtMs: nowMs + lifeMs,
    deadLetterSource: undefined,
    envelope,
    state,
    deliveryCount: 0,
    ...UNHELD,
  };
}

const UNHELD = { lock: undefined, cancelTimer: () => undefined };

/** In the order in which they are to be offered: by number, and what is scheduled by its time, since all that is overdue comes at once. */
export function restored(kept: ReadonlyMap<number, KeptMessage>): StoredMessage[] {
  const dueMs = ({ state, envelope }: KeptMessage) => (state === 'scheduled' ? (envelope.scheduledForMs ?? 0) : 0);
  return [...kept.values()]
    .sort((one, other) => dueMs(one) - dueMs(other) || one.sequenceNumber - other.sequenceNumber)
    .map((message) => ({ ...message, ...UNHELD }));
}

export interface Counts {
  readonly active: number;
  readonly scheduled: number;
  readonly deferred: number;
  readonly deadLettered: number;
}
