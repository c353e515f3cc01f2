// What is known of a source that we hear (push) or read (pull), and how it changes (A9).

export interface SourceState {
  /** e.g. `databricks-monitor`, `service-health`, `resource-health-events`, `status-page`. */
  readonly source: string;
  /** ISO instants. */
  readonly lastHeardAt?: string;
  readonly lastReadAt?: string;
  readonly lastFailedAt?: string;
  readonly lastFailure?: string;
  /** Since when every read has failed; absent after a good one. */
  readonly failingSince?: string;
  /** How many things pull found that push had not told, ever, and when last. */
  readonly missed: number;
  readonly lastMissedAt?: string;
  /** Of when the newest of them is: what push brought later than that shows that push works, however late it is handled. */
  readonly missedOf?: string;
}

/** Real milliseconds: no process notes more often that a source was heard, so it may have been heard so much later. */
export const HEARD_EVERY_MS = 10_000;

/** What pull found that push had not told. */
export interface Missed {
  readonly count: number;
  /** ISO instant of the newest. */
  readonly newestOf: string;
}

/** What is handled late, or again, was heard before what is known. */
export function heardAt(state: SourceState, at: Date): SourceState {
  return { ...state, lastHeardAt: later(state.lastHeardAt, at.toISOString()) };
}

export function readAt({ failingSince: _over, ...state }: SourceState, at: Date): SourceState {
  return { ...state, lastReadAt: at.toISOString() };
}

export function failedAt(state: SourceState, at: Date, because: string): SourceState {
  const lastFailedAt = at.toISOString();
  return {
    ...state,
    lastFailedAt,
    lastFailure: because.slice(0, 500),
    failingSince: state.failingSince ?? lastFailedAt,
  };
}

export function missedAt(state: SourceState, at: Date, { count, newestOf }: Missed): SourceState {
  const missedOf = later(state.missedOf, newestOf);
  return { ...state, missed: state.missed + count, lastMissedAt: at.toISOString(), missedOf };
}

function later(one: string | undefined, other: string): string {
  return one !== undefined && one > other ? one : other;
}
