// Heartbeats over Table Storage: one row per timer in `settings`.
import type { Heartbeat } from '../../domain/own-health/timers.ts';
import type { Heartbeats } from '../../ports/heartbeats.ts';
import { quoted, SCHEMA_VERSION } from './row.ts';
import type { Tables } from './tables.ts';

const PARTITION = 'timer';

export class TableHeartbeats implements Heartbeats {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async beat(name: string, at: Date): Promise<void> {
    const row = { partitionKey: PARTITION, rowKey: name, schemaVersion: SCHEMA_VERSION, at: at.toISOString() };
    await this.#tables.upsert('settings', row);
  }

  async all(): Promise<readonly Heartbeat[]> {
    const beats: Heartbeat[] = [];
    for await (const { rowKey, columns } of this.#tables.rows('settings', `PartitionKey eq ${quoted(PARTITION)}`)) {
      if (typeof columns.at === 'string') beats.push({ name: rowKey, at: columns.at });
    }
    return beats;
  }
}
