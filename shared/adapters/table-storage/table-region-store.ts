// RegionStore over Table Storage: what a region was told, in the order of time, beside what its witnesses say.
import * as z from 'zod';
import { failureClasses } from '../../domain/classification/failure-classes.ts';
import type { RegionStore, Told } from '../../ports/region-store.ts';
import { keyPart, packed, quoted, type Row, SCHEMA_VERSION, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const TABLE = 'witnesses';
const PARTITION = 'told|';

const toldSchema = z.object({
  region: z.string(),
  weight: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  at: z.string(),
  told: z.object({
    incidentId: z.string(),
    subject: z.string(),
    failureClass: z.enum(failureClasses),
    code: z.string(),
    failedAt: z.string().optional(),
  }),
});

export class TableRegionStore implements RegionStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async note(told: Told): Promise<void> {
    await this.#tables.upsert(TABLE, rowOf(told));
  }

  async *toldSince(region: string, since: string): AsyncGenerator<readonly Told[]> {
    const filter = `PartitionKey eq ${quoted(partitionOf(region))} and RowKey ge ${quoted(since)}`;
    for await (const page of this.#tables.pages(TABLE, filter)) yield page.map((row) => unpacked(row, isTold));
  }

  async forgetBefore(region: string, instant: string): Promise<number> {
    const filter = `PartitionKey eq ${quoted(partitionOf(region))} and RowKey lt ${quoted(instant)}`;
    let forgotten = 0;
    for await (const { partitionKey, rowKey } of this.#tables.rows(TABLE, filter)) {
      await this.#tables.remove(TABLE, partitionKey, rowKey);
      forgotten += 1;
    }
    return forgotten;
  }
}

function partitionOf(region: string): string {
  return `${PARTITION}${keyPart(region)}`;
}

/** The time of an incident's opening never changes, so neither does the key of what it told. */
function rowOf(told: Told): Row {
  const keys = { partitionKey: partitionOf(told.region), rowKey: `${told.at}|${told.told.incidentId}` };
  return { ...keys, schemaVersion: SCHEMA_VERSION, ...packed(told) };
}

function isTold(value: unknown): value is Told {
  return toldSchema.safeParse(value).success;
}
