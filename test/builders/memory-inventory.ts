// Inventory in memory, by the words of the port.
import type { ComponentKind } from '../../shared/domain/estate/components.ts';
import type { Inventory, InventoryKey, LastGood, LastGoodSummary } from '../../shared/ports/inventory.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryInventory implements Inventory {
  readonly #kept = new Map<string, LastGood>();
  readonly #lost = new Set<string>();
  readonly #interrupt: Interrupt;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  /** Its content is gone, e.g. by a lifecycle rule over the blobs. */
  loseContent(key: InventoryKey): void {
    this.#lost.add(nameOf(key));
  }

  lastGood(key: InventoryKey): Promise<LastGood | undefined> {
    const name = nameOf(key);
    return interruptible(this.#interrupt, 'inventory.lastGood', () =>
      this.#lost.has(name) ? undefined : this.#kept.get(name),
    );
  }

  keep(good: LastGood): Promise<void> {
    return interruptible(this.#interrupt, 'inventory.keep', () => {
      const known = this.#kept.get(nameOf(good));
      this.#lost.delete(nameOf(good));
      if (!known || known.seenAt <= good.seenAt) this.#kept.set(nameOf(good), good);
    });
  }

  async *list(workspace: string, kind: ComponentKind): AsyncIterable<readonly LastGoodSummary[]> {
    yield await interruptible(this.#interrupt, 'inventory.list', () =>
      [...this.#kept.values()]
        .filter((good) => good.workspace === workspace && good.kind === kind)
        .map(({ content: _content, ...summary }) => summary),
    );
  }

  forget(key: InventoryKey): Promise<void> {
    return interruptible(this.#interrupt, 'inventory.forget', () => {
      this.#kept.delete(nameOf(key));
    });
  }
}

function nameOf({ workspace, kind, id }: InventoryKey): string {
  return JSON.stringify([workspace, kind, id]);
}
