// AnchorStore in memory, by the words of the port.
import type { AnchorStore } from '../../shared/ports/anchor-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryAnchorStore implements AnchorStore {
  readonly #interrupt: Interrupt;
  readonly #anchors = new Map<string, Uint8Array>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  create(day: string, body: Uint8Array): Promise<'created' | 'there-already'> {
    return interruptible(this.#interrupt, 'anchors.create', () => {
      if (this.#anchors.has(day)) return 'there-already';
      this.#anchors.set(day, new Uint8Array(body));
      return 'created';
    });
  }

  get(day: string): Promise<Uint8Array | undefined> {
    return interruptible(this.#interrupt, 'anchors.get', () => {
      const body = this.#anchors.get(day);
      return body && new Uint8Array(body);
    });
  }
}
