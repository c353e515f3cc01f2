// SignalStore in memory, by the words of the port.
import type { SignalOutcome } from '../../shared/domain/signals/outcome.ts';
import type { OldOutcome, SignalStore } from '../../shared/ports/signal-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemorySignalStore implements SignalStore {
  readonly #interrupt: Interrupt;
  readonly #outcomes = new Map<string, SignalOutcome>();
  readonly #versions = new Map<string, string>();
  #writes = 0;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  /** Every outcome, for a test's invariants. */
  get outcomes(): readonly SignalOutcome[] {
    return [...this.#outcomes.values()];
  }

  record(outcome: SignalOutcome): Promise<void> {
    return interruptible(this.#interrupt, 'signals.record', () => this.#put(outcome));
  }

  recordOnce(outcome: SignalOutcome): Promise<SignalOutcome> {
    return interruptible(this.#interrupt, 'signals.recordOnce', () => {
      const standing = this.#outcomes.get(outcome.signalId);
      if (standing && standing.ended !== 'quarantined') return structuredClone(standing);
      this.#put(outcome);
      return outcome;
    });
  }

  #put(outcome: SignalOutcome): void {
    this.#outcomes.set(outcome.signalId, structuredClone(outcome));
    this.#versions.set(outcome.signalId, `v${++this.#writes}`);
  }

  async *decidedBefore(instant: string, from: number): AsyncGenerator<readonly OldOutcome[]> {
    const old = this.outcomes.filter(({ decidedAt }) => decidedAt < instant).map(({ signalId }) => signalId);
    const start = Math.floor(from * old.length);
    for (const part of [old.slice(start), old.slice(0, start)]) {
      await this.#interrupt('signals.decidedBefore', 'before');
      yield part.map((signalId) => ({ signalId, version: this.#versions.get(signalId) ?? '' }));
    }
  }

  remove({ signalId, version }: OldOutcome): Promise<void> {
    return interruptible(this.#interrupt, 'signals.remove', () => {
      if (this.#versions.get(signalId) === version) this.#outcomes.delete(signalId);
    });
  }

  get(signalId: string): Promise<SignalOutcome | undefined> {
    return interruptible(this.#interrupt, 'signals.get', () => structuredClone(this.#outcomes.get(signalId)));
  }
}
