// Leases over Table Storage: one row per name in `settings`, guarded by its version.
import { isHeld } from '../../domain/lease.ts';
import type { Leases } from '../../ports/leases.ts';
import { keyPart, type Row, SCHEMA_VERSION } from './row.ts';
import type { Tables } from './tables.ts';

const PARTITION = 'lease';

export class TableLeases implements Leases {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async take(name: string, owner: string, now: Date, until: Date): Promise<boolean> {
    const known = await this.#tables.get('settings', PARTITION, keyPart(name));
    const isOurs = known?.columns.owner === owner;
    if (known && !isOurs && isHeld(String(known.columns.until), now, until)) return false;
    const row = rowOf(name, owner, until);
    const write = await (known
      ? this.#tables.replace('settings', row, known.etag)
      : this.#tables.insert('settings', row));
    return write.written;
  }

  async release(name: string, owner: string): Promise<void> {
    const known = await this.#tables.get('settings', PARTITION, keyPart(name));
    if (known?.columns.owner !== owner) return;
    // Somebody who was faster has taken it after its end: theirs stays.
    await this.#tables.replace('settings', rowOf(name, owner, new Date(0)), known.etag);
  }
}

function rowOf(name: string, owner: string, until: Date): Row {
  const keys = { partitionKey: PARTITION, rowKey: keyPart(name), schemaVersion: SCHEMA_VERSION };
  return { ...keys, owner, until: until.toISOString() };
}
