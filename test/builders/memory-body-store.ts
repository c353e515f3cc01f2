// BodyStore in memory, by the words of the port.
import type { BodyStore } from '../../shared/ports/body-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryBodyStore implements BodyStore {
  readonly #interrupt: Interrupt;
  readonly #bodies = new Map<string, Uint8Array>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  put(name: string, body: Uint8Array): Promise<void> {
    return interruptible(this.#interrupt, 'bodies.put', () => {
      this.#bodies.set(name, new Uint8Array(body));
    });
  }

  get(name: string): Promise<Uint8Array | undefined> {
    return interruptible(this.#interrupt, 'bodies.get', () => {
      const body = this.#bodies.get(name);
      return body && new Uint8Array(body);
    });
  }
}
