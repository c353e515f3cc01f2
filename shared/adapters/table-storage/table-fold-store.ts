// FoldStore over Table Storage: a partition for each lane, in it a row for each window, the newest first, and one for the place of each message.
// Rule kept here: a place is written in one transaction with its window, so that what a window counts is what has a place in it.
import {
  type FoldWindow,
  foldWindowSchema,
  laneOf,
  type Placement,
  placementSchema,
} from '../../domain/notification/folding.ts';
import type { FoldStore, OldFold, Placing, StoredWindow } from '../../ports/fold-store.ts';
import { inverted } from './newest-first.ts';
import { keyPart, packed, quoted, type Row, rangeFilter, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Action, Tables } from './tables.ts';

const TABLE = 'folds';
const WINDOW = 'window';
const PLACE = 'place|';
const BETWEEN = '\n';

export class TableFoldStore implements FoldStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async newest(lane: string): Promise<StoredWindow | undefined> {
    const [row] = await this.#tables.first(TABLE, rangeFilter(keyPart(lane), WINDOW), 1);
    return row && storedOf(row);
  }

  async window(lane: string, startedAt: string): Promise<StoredWindow | undefined> {
    const row = await this.#tables.get(TABLE, keyPart(lane), windowKey(startedAt));
    return row && storedOf(row);
  }

  async placementOf(lane: string, messageId: string): Promise<Placement | undefined> {
    const row = await this.#tables.get(TABLE, keyPart(lane), `${PLACE}${keyPart(messageId)}`);
    return row && unpacked(row, isPlacement);
  }

  async put(basis: StoredWindow | undefined, window: FoldWindow, placing?: Placing): Promise<boolean> {
    const row = rowOf(window);
    const actions: Action[] = [basis ? { kind: 'replace', row, etag: basis.etag } : { kind: 'create', row }];
    if (placing) actions.push({ kind: 'create', row: placeRow(window, placing) });
    return (await this.#tables.transact(TABLE, actions)).done;
  }

  async *before(instant: string): AsyncGenerator<readonly OldFold[]> {
    for await (const page of this.#tables.scan(TABLE, `at lt ${quoted(instant)}`)) yield page.map(oldFold);
  }

  async remove({ key, version }: OldFold): Promise<void> {
    const [partitionKey = '', rowKey = ''] = key.split(BETWEEN);
    await this.#tables.removeVersion(TABLE, { partitionKey, rowKey, etag: version });
  }
}

function windowKey(startedAt: string): string {
  return `${WINDOW}|${inverted(Date.parse(startedAt))}`;
}

function rowOf(window: FoldWindow): Row {
  const { startedAt: at, folded, alone } = window;
  const keys = { partitionKey: keyPart(laneOf(window)), rowKey: windowKey(at), schemaVersion: SCHEMA_VERSION };
  return { ...keys, ...packed(window), at, alone, folded: folded.count };
}

function placeRow(window: FoldWindow, { messageId, place }: Placing): Row {
  const { startedAt, endsAt } = window;
  const placement: Placement = { place, startedAt, endsAt };
  const keys = { partitionKey: keyPart(laneOf(window)), rowKey: `${PLACE}${keyPart(messageId)}` };
  return { ...keys, schemaVersion: SCHEMA_VERSION, ...packed(placement), at: startedAt, messageId, place };
}

function storedOf(row: StoredRow): StoredWindow {
  return { window: unpacked(row, isWindow), etag: row.etag };
}

function oldFold({ partitionKey, rowKey, etag }: StoredRow): OldFold {
  return { key: `${partitionKey}${BETWEEN}${rowKey}`, version: etag };
}

function isWindow(value: unknown): value is FoldWindow {
  return foldWindowSchema.safeParse(value).success;
}

function isPlacement(value: unknown): value is Placement {
  return placementSchema.safeParse(value).success;
}
