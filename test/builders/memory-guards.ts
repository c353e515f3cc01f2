// Guards in memory, by the words of the port.
import type { Guard, Guards } from '../../shared/ports/guards.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryGuards implements Guards {
  readonly #interrupt: Interrupt;
  readonly #guards = new Map<string, Guard>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  /** Every guard that stands, for a test's invariants. */
  get standing(): readonly Guard[] {
    return [...this.#guards.values()];
  }

  put(guard: Guard): Promise<void> {
    return interruptible(this.#interrupt, 'guards.put', () => {
      this.#guards.set(keyOf(guard), { ...guard });
    });
  }

  remove(guard: Pick<Guard, 'incidentId' | 'commitId'>): Promise<void> {
    return interruptible(this.#interrupt, 'guards.remove', () => {
      this.#guards.delete(keyOf(guard));
    });
  }

  async *list(): AsyncGenerator<Guard> {
    const guards = this.standing;
    await this.#interrupt('guards.list', 'before');
    yield* guards;
  }
}

function keyOf({ incidentId, commitId }: Pick<Guard, 'incidentId' | 'commitId'>): string {
  return `${incidentId}|${commitId}`;
}
