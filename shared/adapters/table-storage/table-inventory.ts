// Inventory over Table Storage: a row per component, guarded by its version; the content lies in a blob named by its hash.
import * as z from 'zod';
import { Conflict } from '../../domain/errors.ts';
import { type ComponentKind, componentKinds } from '../../domain/estate/components.ts';
import type { BodyStore } from '../../ports/body-store.ts';
import type { Inventory, InventoryKey, LastGood, LastGoodSummary } from '../../ports/inventory.ts';
import { keyPart, packed, plain, type Row, rangeFilter, SCHEMA_VERSION, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const TABLE = 'inventory';
const LIST_PAGE = 200;
/** A writer that loses this often in a row gives up: polls of one workspace never overlap. */
const TRIES = 5;

const summarySchema = z.object({
  workspace: z.string(),
  kind: z.enum(componentKinds),
  id: z.string(),
  name: z.string(),
  seenAt: z.string(),
  sha256: z.string(),
  facts: z.record(z.string(), z.unknown()),
});

export class TableInventory implements Inventory {
  readonly #tables: Tables;
  readonly #bodies: BodyStore;

  constructor(tables: Tables, bodies: BodyStore) {
    this.#tables = tables;
    this.#bodies = bodies;
  }

  async lastGood(key: InventoryKey): Promise<LastGood | undefined> {
    const row = await this.#tables.get(TABLE, keyPart(key.workspace), rowKeyOf(key));
    if (!row) return undefined;
    const summary = unpacked(row, isSummary);
    const content = await this.#bodies.get(blobOf(summary.sha256));
    return content && { ...summary, content: Buffer.from(content).toString('utf8') };
  }

  /** The content is there before the row that names it. */
  async keep({ content, ...summary }: LastGood): Promise<void> {
    await this.#bodies.put(blobOf(summary.sha256), Buffer.from(content, 'utf8'));
    for (let tries = 0; tries < TRIES; tries += 1) {
      const known = await this.#tables.get(TABLE, keyPart(summary.workspace), rowKeyOf(summary));
      if (known && unpacked(known, isSummary).seenAt > summary.seenAt) return;
      const row = rowOf(summary);
      const write = await (known ? this.#tables.replace(TABLE, row, known.etag) : this.#tables.insert(TABLE, row));
      if (write.written) return;
    }
    throw new Conflict('written-meanwhile', `the inventory of ${summary.kind} ${summary.id} is written by others`);
  }

  async *list(workspace: string, kind: ComponentKind): AsyncGenerator<readonly LastGoodSummary[]> {
    let page: LastGoodSummary[] = [];
    for await (const row of this.#tables.rows(TABLE, rangeFilter(keyPart(workspace), kind))) {
      page.push(unpacked(row, isSummary));
      if (page.length < LIST_PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async forget(key: InventoryKey): Promise<void> {
    await this.#tables.remove(TABLE, keyPart(key.workspace), rowKeyOf(key));
  }
}

function rowKeyOf({ kind, id }: InventoryKey): string {
  return `${kind}|${keyPart(id)}`;
}

function blobOf(sha256: string): string {
  return `inventory/${sha256}`;
}

function rowOf(summary: LastGoodSummary): Row {
  const { workspace, kind, id, name, seenAt, sha256 } = summary;
  const keys = { partitionKey: keyPart(workspace), rowKey: rowKeyOf(summary), schemaVersion: SCHEMA_VERSION };
  return { ...keys, ...packed(summary), ...plain({ kind, id, name, seenAt, sha256 }) };
}

function isSummary(value: unknown): value is LastGoodSummary {
  return summarySchema.safeParse(value).success;
}
