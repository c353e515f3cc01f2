// TicketCounter in memory, by the words of the port.
import { Broken } from '../../shared/domain/errors.ts';
import type { TicketCounter } from '../../shared/ports/incident-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryTicketCounter implements TicketCounter {
  readonly #interrupt: Interrupt;
  readonly #numbers = new Map<string, number>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  next(day: string): Promise<number> {
    if (!/^\d{8}$/.test(day)) throw new Broken('broken', `not a day: ${day}`);
    return interruptible(this.#interrupt, 'tickets.next', () => {
      const number = (this.#numbers.get(day) ?? 0) + 1;
      this.#numbers.set(day, number);
      return number;
    });
  }

  forgetBefore(day: string): Promise<void> {
    return interruptible(this.#interrupt, 'tickets.forgetBefore', () => {
      for (const known of this.#numbers.keys()) if (known < day) this.#numbers.delete(known);
    });
  }
}
