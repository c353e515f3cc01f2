// SubjectStore over Table Storage: one row per subject, keyed by the subject's hash and checked against the subject itself.
import { Broken, Conflict } from '../../domain/errors.ts';
import { hashOf, isTicketId } from '../../domain/ids.ts';
import type { SubjectPointer, SubjectStore } from '../../ports/incident-store.ts';
import { packed, plain, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const ROW_KEY = 'pointer';

export class TableSubjectStore implements SubjectStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async get(subject: string): Promise<SubjectPointer | undefined> {
    const row = await this.#tables.get('subjects', hashOf(subject), ROW_KEY);
    return row && pointerOf(row, subject);
  }

  async set(pointer: Omit<SubjectPointer, 'etag'>, basis: SubjectPointer | undefined): Promise<SubjectPointer> {
    const row = rowOf(pointer);
    const result = await (basis
      ? this.#tables.replace('subjects', row, basis.etag)
      : this.#tables.insert('subjects', row));
    if (result.written) return { ...pointer, etag: result.etag };
    throw new Conflict('written-meanwhile', `the pointer of ${pointer.subject} was set by somebody else meanwhile`);
  }
}

function rowOf(pointer: Omit<SubjectPointer, 'etag'>): Row {
  const { subject, incidentId, previousIncidentId, failureKey, reopening, incidentPurged } = pointer;
  const payload = { subject, incidentId, previousIncidentId, failureKey, reopening, incidentPurged };
  const keys = { partitionKey: hashOf(subject), rowKey: ROW_KEY, schemaVersion: SCHEMA_VERSION };
  return { ...keys, ...packed(payload), ...plain({ subject, incidentId }) };
}

function pointerOf(row: StoredRow, subject: string): SubjectPointer {
  const pointer = unpacked(row, isPointer);
  if (pointer.subject !== subject)
    throw new Broken('broken', `two subjects share a key: ${subject}, ${pointer.subject}`);
  return { ...pointer, etag: row.etag };
}

function isPointer(value: unknown): value is Omit<SubjectPointer, 'etag'> {
  if (typeof value !== 'object' || value === null) return false;
  if (!('subject' in value && 'incidentId' in value && 'failureKey' in value)) return false;
  const { subject, incidentId, failureKey } = value;
  return [subject, failureKey].every((text) => typeof text === 'string') && isTicketId(String(incidentId));
}
