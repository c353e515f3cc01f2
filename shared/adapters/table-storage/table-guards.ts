// Guards over Table Storage: rows beside the live incidents, under the incident's id and the write's own.
import { isTicketId } from '../../domain/ids.ts';
import type { Guard, Guards } from '../../ports/guards.ts';
import { keyPart, plain, quoted, SCHEMA_VERSION, type StoredRow } from './row.ts';
import type { Tables } from './tables.ts';

const LIVE = 'live';

export class TableGuards implements Guards {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async put(guard: Guard): Promise<void> {
    const { commitId, since } = guard;
    const keys = { partitionKey: LIVE, rowKey: keyOf(guard), schemaVersion: SCHEMA_VERSION };
    await this.#tables.upsert('live', { ...keys, ...plain({ guard: true, commitId, since }) });
  }

  async remove(guard: Pick<Guard, 'incidentId' | 'commitId'>): Promise<void> {
    await this.#tables.remove('live', LIVE, keyOf(guard));
  }

  async *list(): AsyncGenerator<Guard> {
    for await (const row of this.#tables.rows('live', `PartitionKey eq ${quoted(LIVE)} and guard eq true`)) {
      const guard = guardOf(row);
      if (guard) yield guard;
    }
  }
}

function keyOf({ incidentId, commitId }: Pick<Guard, 'incidentId' | 'commitId'>): string {
  return `${incidentId}|${keyPart(commitId)}`;
}

function guardOf({ rowKey, columns }: StoredRow): Guard | undefined {
  const incidentId = rowKey.split('|')[0] ?? '';
  const { commitId, since } = columns;
  if (!isTicketId(incidentId) || typeof commitId !== 'string' || typeof since !== 'string') return undefined;
  return { incidentId, commitId, since };
}
