// GateStore over Table Storage: stop switch and holds in one range of `settings`, read at once.
import * as z from 'zod';
import type { StopSwitch, WorkspaceHold } from '../../domain/playbooks/gate.ts';
import { type RegionState, regionStateSchema } from '../../domain/regions/region-state.ts';
import type { GateSettings, GateStore } from '../../ports/gate-store.ts';
import { keyPart, packed, type Row, SCHEMA_VERSION, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const PARTITION = 'gate';
const STOP = 'stop';
const HOLD = 'hold|';
const REGION = 'region|';

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
    const regions: RegionState[] = [];
    for await (const row of this.#tables.rows('settings', `PartitionKey eq '${PARTITION}'`)) {
      if (row.rowKey === STOP) stop = unpacked(row, isStop);
      else if (row.rowKey.startsWith(HOLD)) holds.push(unpacked(row, isHold));
      else if (row.rowKey.startsWith(REGION)) regions.push(unpacked(row, isRegion));
    }
    return { stop, holds, regions };
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

  async setRegion(state: RegionState): Promise<void> {
    await this.#tables.upsert('settings', rowOf(`${REGION}${keyPart(state.region)}`, state));
  }
}

function rowOf(rowKey: string, value: StopSwitch | WorkspaceHold | RegionState): Row {
  return { partitionKey: PARTITION, rowKey, schemaVersion: SCHEMA_VERSION, ...packed(value) };
}

function isStop(value: unknown): value is StopSwitch {
  return stopSchema.safeParse(value).success;
}

function isHold(value: unknown): value is WorkspaceHold {
  return holdSchema.safeParse(value).success;
}

function isRegion(value: unknown): value is RegionState {
  return regionStateSchema.safeParse(value).success;
}
