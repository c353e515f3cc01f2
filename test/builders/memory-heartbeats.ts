// Heartbeats in memory, by the words of the port.
import type { Heartbeat } from '../../shared/domain/own-health/timers.ts';
import type { Heartbeats } from '../../shared/ports/heartbeats.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryHeartbeats implements Heartbeats {
  readonly #beats = new Map<string, string>();
  readonly #interrupt: Interrupt;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  beat(name: string, at: Date): Promise<void> {
    return interruptible(this.#interrupt, 'heartbeats.beat', () => {
      this.#beats.set(name, at.toISOString());
    });
  }

  all(): Promise<readonly Heartbeat[]> {
    return interruptible(this.#interrupt, 'heartbeats.all', () => [...this.#beats].map(([name, at]) => ({ name, at })));
  }
}
