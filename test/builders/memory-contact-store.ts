// ContactStore in memory, by the words of the port.
import type { Contact, ContactStore } from '../../shared/ports/contact-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryContactStore implements ContactStore {
  readonly #contacts = new Map<string, Contact>();
  readonly #interrupt: Interrupt;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  contact(workspace: string, now: Date): Promise<Contact> {
    return interruptible(this.#interrupt, 'contacts.contact', () => {
      const known = this.#contacts.get(workspace) ?? { firstAt: now };
      this.#contacts.set(workspace, known);
      return known;
    });
  }

  keep(workspace: string, contact: Contact): Promise<void> {
    return interruptible(this.#interrupt, 'contacts.keep', () => {
      this.#contacts.set(workspace, contact);
    });
  }
}
