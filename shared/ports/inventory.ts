// What exists in each workspace and how it was when it was last good: what a rollback or a restore goes back to.
import type { ComponentKind } from '../domain/estate/components.ts';

export interface InventoryKey {
  readonly workspace: string;
  readonly kind: ComponentKind;
  readonly id: string;
}

/** How a component was when it was last seen good. */
export interface LastGood extends InventoryKey {
  readonly name: string;
  /** ISO instant of our own clock at which it was seen so. */
  readonly seenAt: string;
  /** SHA-256 of `content`, in hex: whether it has changed is told without reading it whole. */
  readonly sha256: string;
  /** The configuration as JSON, or the notebook's source. What is large lies in a blob. */
  readonly content: string;
  /** What is needed beside the content, e.g. language, format, object id and permissions of a notebook. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export type LastGoodSummary = Omit<LastGood, 'content'>;

export interface Inventory {
  lastGood(key: InventoryKey): Promise<LastGood | undefined>;
  /** Keeps it as the last good one. An older `seenAt` never replaces a newer one. */
  keep(good: LastGood): Promise<void>;
  /** All of one kind in one workspace, page by page, without their contents. */
  list(workspace: string, kind: ComponentKind): AsyncIterable<readonly LastGoodSummary[]>;
  /** It is no longer wanted, e.g. because it is no longer in the estate. A missing one is fine. */
  forget(key: InventoryKey): Promise<void>;
}
