// SignalStore in memory, by the words of the port.
import type { SignalOutcome } from '../../shared/domain/signals/outcome.ts';
import type { SignalStore } from '../../shared/ports/signal-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemorySignalStore implements SignalStore {
  readonly #interrupt: Interrupt;
  readonly #outcomes = new Map<string, SignalOutcome>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  /** Every outcome, for a test's invariants. */
  get outcomes(): readonly SignalOutcome[] {
    return [...this.#outcomes.values()];
  }

  record(outcome: SignalOutcome): Promise<void> {
    return interruptible(this.#interrupt, 'signals.record', () => {
      this.#outcomes.set(outcome.signalId, structuredClone(outcome));
    });
  }

  get(signalId: string): Promise<SignalOutcome | undefined> {
    return interruptible(this.#interrupt, 'signals.get', () => structuredClone(this.#outcomes.get(signalId)));
  }
}
