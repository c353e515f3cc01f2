// The message bus: three queues with sessions, at least once, in order within a session.
export const queues = ['signals', 'runs', 'messages'] as const;
export type QueueName = (typeof queues)[number];

export interface BusMessage {
  /** Never parses as JSON; the same id is the same message. */
  readonly id: string;
  readonly queue: QueueName;
  readonly sessionId: string;
  /** JSON value. It travels under one top-level member, because the functions host merges top-level members into its metadata. */
  readonly body: unknown;
  /** ISO instant before which nobody gets it. */
  readonly dueAt?: string;
  readonly correlationId?: string;
  /** How often it has been sent again after it was dead-lettered: whoever handles it says what became of it. */
  readonly redrive?: number;
}

export interface Bus {
  /**
   * Resolves once the broker has accepted every message; order is kept within a session.
   * Throws `Unavailable` (`bus-unavailable`) when it did not, in which case some may have been accepted, and
   * `InvalidInput` (`body-too-large`) for a message that the broker will never take.
   */
  send(messages: readonly BusMessage[]): Promise<void>;
  /** Resolves when the broker can be reached; throws `Unavailable`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
