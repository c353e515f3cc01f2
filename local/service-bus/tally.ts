// Counts what Azure would bill and a benchmark wants to know: operations, not messages or bytes.
export type Operation =
  | 'send'
  | 'schedule'
  | 'cancelScheduled'
  | 'receive'
  | 'receiveDeferred'
  | 'peek'
  | 'complete'
  | 'abandon'
  | 'defer'
  | 'deadLetter'
  | 'renewLock'
  | 'acceptSession'
  | 'acceptSessionTimeout'
  | 'renewSessionLock'
  | 'getSessionState'
  | 'setSessionState';

export class Tally {
  readonly #counts = new Map<Operation, number>();

  add(operation: Operation): void {
    this.#counts.set(operation, (this.#counts.get(operation) ?? 0) + 1);
  }

  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
