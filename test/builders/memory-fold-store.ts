// FoldStore in memory, by the words of the port.
import { type FoldWindow, laneOf, type Placement } from '../../shared/domain/notification/folding.ts';
import type { FoldStore, OldFold, Placing, StoredWindow } from '../../shared/ports/fold-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryFoldStore implements FoldStore {
  readonly #interrupt: Interrupt;
  readonly #windows = new Map<string, StoredWindow>();
  readonly #placements = new Map<string, Placement>();
  #writes = 0;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  /** Every window as it is, for a test's invariants. */
  get all(): readonly FoldWindow[] {
    return [...this.#windows.values()].map(({ window }) => window);
  }

  newest(lane: string): Promise<StoredWindow | undefined> {
    return interruptible(this.#interrupt, 'folds.newest', () => {
      const own = [...this.#windows.values()].filter(({ window }) => laneOf(window) === lane);
      return structuredClone(own.toSorted((a, b) => (a.window.startedAt < b.window.startedAt ? 1 : -1))[0]);
    });
  }

  window(lane: string, startedAt: string): Promise<StoredWindow | undefined> {
    return interruptible(this.#interrupt, 'folds.window', () =>
      structuredClone(this.#windows.get(`${lane} ${startedAt}`)),
    );
  }

  placementOf(lane: string, messageId: string): Promise<Placement | undefined> {
    return interruptible(this.#interrupt, 'folds.placementOf', () => this.#placements.get(`${lane} ${messageId}`));
  }

  put(basis: StoredWindow | undefined, window: FoldWindow, placing?: Placing): Promise<boolean> {
    return interruptible(this.#interrupt, 'folds.put', () => {
      const key = `${laneOf(window)} ${window.startedAt}`;
      const placeKey = `${laneOf(window)} ${placing?.messageId}`;
      if (this.#windows.get(key)?.etag !== basis?.etag) return false;
      if (placing && this.#placements.has(placeKey)) return false;
      this.#writes += 1;
      this.#windows.set(key, { window: structuredClone(window), etag: `v${this.#writes}` });
      const { startedAt, endsAt } = window;
      if (placing) this.#placements.set(placeKey, { place: placing.place, startedAt, endsAt });
      return true;
    });
  }

  async *before(instant: string): AsyncGenerator<readonly OldFold[]> {
    await this.#interrupt('folds.before', 'before');
    const windows = [...this.#windows].filter(([, { window }]) => window.startedAt < instant);
    const places = [...this.#placements].filter(([, { startedAt }]) => startedAt < instant);
    yield windows.map(([key, { etag }]) => ({ key, version: etag }));
    yield places.map(([key]) => ({ key, version: '' }));
  }

  remove({ key, version }: OldFold): Promise<void> {
    return interruptible(this.#interrupt, 'folds.remove', () => {
      if (this.#windows.get(key)?.etag === version) this.#windows.delete(key);
      else if (version === '') this.#placements.delete(key);
    });
  }
}
