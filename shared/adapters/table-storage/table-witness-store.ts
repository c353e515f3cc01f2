// WitnessStore over Table Storage: one partition per region, one row per witness.
import { type Testimony, testimonySchema } from '../../domain/regions/testimony.ts';
import type { WitnessStore } from '../../ports/witness-store.ts';
import { keyPart, packed, quoted, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const TABLE = 'witnesses';
const PARTITION = 'says|';
const TRIES = 5;

export class TableWitnessStore implements WitnessStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async put(testimony: Testimony): Promise<void> {
    const row = rowOf(testimony);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const known = await this.#tables.get(TABLE, row.partitionKey, row.rowKey);
      if (known && unpacked(known, isTestimony).seenAt > testimony.seenAt) return;
      const write = await (known ? this.#tables.replace(TABLE, row, known.etag) : this.#tables.insert(TABLE, row));
      if (write.written) return;
    }
    // Others write what this witness says at the same time: theirs is as new.
  }

  async retract(region: string, witness: string): Promise<void> {
    await this.#tables.remove(TABLE, partitionOf(region), keyPart(witness));
  }

  async of(region: string): Promise<readonly Testimony[]> {
    return (await this.#rowsOf(region)).map((row) => unpacked(row, isTestimony));
  }

  async forgetBefore(region: string, instant: string): Promise<number> {
    const over = (await this.#rowsOf(region)).filter((row) => unpacked(row, isTestimony).validUntil < instant);
    // What is said again meanwhile is another version, and stays.
    for (const row of over) await this.#tables.removeVersion(TABLE, row);
    return over.length;
  }

  async #rowsOf(region: string): Promise<StoredRow[]> {
    const rows: StoredRow[] = [];
    const filter = `PartitionKey eq ${quoted(partitionOf(region))}`;
    for await (const row of this.#tables.rows(TABLE, filter)) rows.push(row);
    return rows;
  }
}

function partitionOf(region: string): string {
  return `${PARTITION}${keyPart(region)}`;
}

function rowOf(testimony: Testimony): Row {
  const { region, witness } = testimony;
  const keys = { partitionKey: partitionOf(region), rowKey: keyPart(witness), schemaVersion: SCHEMA_VERSION };
  return { ...keys, ...packed(testimony), says: testimony.says, seenAt: testimony.seenAt };
}

function isTestimony(value: unknown): value is Testimony {
  return testimonySchema.safeParse(value).success;
}
