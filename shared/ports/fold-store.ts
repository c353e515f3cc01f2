// What became of the messages to each recipient over each channel: the windows in which they are counted, and the place that each message has.
import type { FoldWindow, Place, Placement } from '../domain/notification/folding.ts';

export interface StoredWindow {
  readonly window: FoldWindow;
  /** Changes with every write. */
  readonly etag: string;
}

export interface Placing {
  readonly messageId: string;
  readonly place: Place;
}

/** Something that purging may remove. */
export interface OldFold {
  /** Opaque. */
  readonly key: string;
  readonly version: string;
}

export interface FoldStore {
  /** The window that began last of a lane (`laneOf`); undefined when nobody was ever told anything. */
  newest(lane: string): Promise<StoredWindow | undefined>;
  window(lane: string, startedAt: string): Promise<StoredWindow | undefined>;
  /** The place that a message was given; undefined when it has none yet. */
  placementOf(lane: string, messageId: string): Promise<Placement | undefined>;
  /**
   * Writes a window and, in the same transaction, the place of one message. `basis` is the window as it was read, undefined for a new one.
   * False, and nothing is written: somebody was faster with this window, or the message has a place.
   */
  put(basis: StoredWindow | undefined, window: FoldWindow, placing?: Placing): Promise<boolean>;
  /** Windows and places of before this instant (ISO), page by page; a page may be empty. */
  before(instant: string): AsyncIterable<readonly OldFold[]>;
  /** Removes it unless it was written meanwhile. Missing is fine. */
  remove(old: OldFold): Promise<void>;
}
