// The outcome board of one process: doors that wait meet the handlers that know.
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { Expectation, OutcomeBoard } from '../../ports/signal-store.ts';

type Tell = (outcome: SignalOutcome) => void;

export class ProcessOutcomeBoard implements OutcomeBoard {
  readonly #waiting = new Map<string, Set<Tell>>();
  #count = 0;

  get waiting(): number {
    return this.#count;
  }

  post(outcome: SignalOutcome): void {
    for (const tell of this.#waiting.get(outcome.signalId) ?? []) tell(outcome);
  }

  expect(signalId: string): Expectation {
    const { promise, resolve } = Promise.withResolvers<SignalOutcome>();
    const tells = this.#waiting.get(signalId) ?? new Set<Tell>();
    this.#waiting.set(signalId, tells.add(resolve));
    this.#count += 1;
    return { outcome: promise, done: () => this.#forget(signalId, tells, resolve) };
  }

  #forget(signalId: string, tells: Set<Tell>, tell: Tell): void {
    if (!tells.delete(tell)) return;
    this.#count -= 1;
    if (tells.size === 0) this.#waiting.delete(signalId);
  }
}
