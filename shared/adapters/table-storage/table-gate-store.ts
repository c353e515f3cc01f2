// GateStore over Table Storage: stop switch and holds in one range of `settings`, read at once.
import * as z from 'zod';
import type { StopSwitch, WorkspaceHold } from '../../domain/playbooks/gate.ts';
import type { GateSettings, GateStore } from '../../ports/gate-store.ts';
import { keyPart, packed, type Row, SCHEMA_VERSION, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const PARTITION = 'gate';
const STOP = 'stop';
const HOLD = 'hold|';

const stopSchema = z.object({ by: z.string(), reason: z.string(), since: z.string() });
const holdSchema = z.object({ workspace: z.string(), run: z.string(), reason: z.string(), since: z.string() });

export class TableGateStore implements GateStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async read(): Promise<GateSettings> {
    let stop: StopSwitch | undefined;
    const holds: WorkspaceHold[] = [];
    for await (const row of this.#tables.rows('settings', `PartitionKey eq '${PARTITION}'`)) {
      if (row.rowKey === STOP) stop = unpacked(row, isStop);
      else if (row.rowKey.startsWith(HOLD)) holds.push(unpacked(row, isHold));
    }
    return { stop, holds };
  }

  async setStop(stop: StopSwitch | undefined): Promise<void> {
    if (stop) await this.#tables.upsert('settings', rowOf(STOP, stop));
    else await this.#tables.remove('settings', PARTITION, STOP);
  }

  async setHold(hold: WorkspaceHold): Promise<void> {
    await this.#tables.upsert('settings', rowOf(`${HOLD}${keyPart(hold.workspace)}`, hold));
  }

  async releaseHold(workspace: string): Promise<void> {
    await this.#tables.remove('settings', PARTITION, `${HOLD}${keyPart(workspace)}`);
  }
}

function rowOf(rowKey: string, value: StopSwitch | WorkspaceHold): Row {
  return { partitionKey: PARTITION, rowKey, schemaVersion: SCHEMA_VERSION, ...packed(value) };
}

function isStop(value: unknown): value is StopSwitch {
  return stopSchema.safeParse(value).success;
}

function isHold(value: unknown): value is WorkspaceHold {
  return holdSchema.safeParse(value).success;
}
