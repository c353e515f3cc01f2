// Warehouses that had failed when Lakewarden first looked at their workspace (design.md 5). They tell no time of their failure, so each is
// remembered until it is seen well: what fails after that is news.
import type { Contact } from '../../ports/contact-store.ts';

export class WarehouseBaseline {
  readonly #contact: Contact;
  readonly #failed: Set<string>;

  constructor(contact: Contact) {
    this.#contact = contact;
    this.#failed = new Set(contact.failedWarehouses);
  }

  /** Whether one that is failed now was so at the first look, which this may be. */
  has(id: string): boolean {
    if (this.#contact.failedWarehouses === undefined) this.#failed.add(id);
    return this.#failed.has(id);
  }

  sawWell(id: string): void {
    this.#failed.delete(id);
  }

  /** What is to be kept once all were looked at; undefined when nothing is new. */
  get news(): Contact | undefined {
    const { failedWarehouses } = this.#contact;
    // They only become fewer.
    return failedWarehouses?.length === this.#failed.size
      ? undefined
      : { ...this.#contact, failedWarehouses: [...this.#failed] };
  }
}
