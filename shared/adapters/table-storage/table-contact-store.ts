// ContactStore over Table Storage: one row per workspace.
import * as z from 'zod';
import { hashOf } from '../../domain/ids.ts';
import type { Contact, ContactStore } from '../../ports/contact-store.ts';
import { packed, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const TABLE = 'settings';
const PARTITION = 'contact';

const payloadSchema = z.object({ failedWarehouses: z.array(z.string()).optional() }).nullable();
type Payload = z.infer<typeof payloadSchema>;

export class TableContactStore implements ContactStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async contact(workspace: string, now: Date): Promise<Contact> {
    const first: Contact = { firstAt: now };
    const known = await this.#tables.get(TABLE, PARTITION, hashOf(workspace));
    if (known) return contactIn(known, now);
    const result = await this.#tables.insert(TABLE, rowOf(workspace, first));
    return result.written || !result.current ? first : contactIn(result.current, now);
  }

  async keep(workspace: string, contact: Contact): Promise<void> {
    await this.#tables.upsert(TABLE, rowOf(workspace, contact));
  }
}

function rowOf(workspace: string, { firstAt, failedWarehouses }: Contact): Row {
  const keys = { partitionKey: PARTITION, rowKey: hashOf(workspace), schemaVersion: SCHEMA_VERSION };
  return { ...keys, workspace, firstContact: firstAt.toISOString(), ...packed({ failedWarehouses }) };
}

function contactIn(row: StoredRow, otherwise: Date): Contact {
  const { firstContact } = row.columns;
  const failedWarehouses = unpacked(row, isPayload)?.failedWarehouses;
  const firstAt = typeof firstContact === 'string' ? new Date(firstContact) : otherwise;
  return { firstAt, ...(failedWarehouses && { failedWarehouses }) };
}

function isPayload(value: unknown): value is Payload {
  return payloadSchema.safeParse(value).success;
}
