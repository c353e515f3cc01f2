// Leases in memory, by the words of the port.
import { isHeld } from '../../shared/domain/lease.ts';
import type { Leases } from '../../shared/ports/leases.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryLeases implements Leases {
  readonly #taken = new Map<string, { owner: string; until: Date }>();
  readonly #interrupt: Interrupt;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  take(name: string, owner: string, now: Date, until: Date): Promise<boolean> {
    return interruptible(this.#interrupt, 'leases.take', () => {
      const known = this.#taken.get(name);
      if (known && known.owner !== owner && isHeld(known.until.toISOString(), now, until)) return false;
      this.#taken.set(name, { owner, until });
      return true;
    });
  }

  release(name: string, owner: string): Promise<void> {
    return interruptible(this.#interrupt, 'leases.release', () => {
      if (this.#taken.get(name)?.owner === owner) this.#taken.delete(name);
    });
  }
}
