// WitnessStore over Table Storage: one partition per region, one row per witness.
import { type Testimony, testimonySchema } from '../../domain/regions/testimony.ts';
import type { WitnessStore } from '../../ports/witness-store.ts';
import { keyPart, packed, quoted, type Row, SCHEMA_VERSION, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const TABLE = 'witnesses';
const PARTITION = 'says|';
/** A page of the service: no region has so many. */
const MOST = 1_000;
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
    const rows = await this.#tables.first(TABLE, `PartitionKey eq ${quoted(partitionOf(region))}`, MOST);
    return rows.map((row) => unpacked(row, isTestimony));
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
