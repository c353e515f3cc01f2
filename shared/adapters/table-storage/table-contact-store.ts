// ContactStore over Table Storage: one row per workspace, written once.
import { hashOf } from '../../domain/ids.ts';
import type { ContactStore } from '../../ports/contact-store.ts';
import { SCHEMA_VERSION, type StoredRow } from './row.ts';
import type { Tables } from './tables.ts';

const PARTITION = 'contact';

export class TableContactStore implements ContactStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async firstContact(workspace: string, now: Date): Promise<Date> {
    const rowKey = hashOf(workspace);
    const known = await this.#tables.get('settings', PARTITION, rowKey);
    if (known) return dateOf(known, now);
    const row = {
      partitionKey: PARTITION,
      rowKey,
      schemaVersion: SCHEMA_VERSION,
      workspace,
      firstContact: now.toISOString(),
    };
    const result = await this.#tables.insert('settings', row);
    return result.written || !result.current ? now : dateOf(result.current, now);
  }
}

function dateOf(row: StoredRow, otherwise: Date): Date {
  const { firstContact } = row.columns;
  return typeof firstContact === 'string' ? new Date(firstContact) : otherwise;
}
