// GateStore over Table Storage: stop switch, holds, regions and standing orders in one range of `settings`, read at once.
import * as z from 'zod';
import { Conflict } from '../../domain/errors.ts';
import type { StopSwitch, WorkspaceHold } from '../../domain/playbooks/gate.ts';
import { type RegionState, regionStateSchema } from '../../domain/regions/region-state.ts';
import { type StandingOrder, standingOrderSchema } from '../../domain/standing-orders/standing-order.ts';
import type { GateSettings, GateStore, StoredOrder } from '../../ports/gate-store.ts';
import { keyPart, packed, type Row, SCHEMA_VERSION, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const PARTITION = 'gate';
const STOP = 'stop';
const HOLD = 'hold|';
const REGION = 'region|';
const ORDER = 'order|';

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
    const orders: StandingOrder[] = [];
    for await (const row of this.#tables.rows('settings', `PartitionKey eq '${PARTITION}'`)) {
      if (row.rowKey === STOP) stop = unpacked(row, isStop);
      else if (row.rowKey.startsWith(HOLD)) holds.push(unpacked(row, isHold));
      else if (row.rowKey.startsWith(REGION)) regions.push(unpacked(row, isRegion));
      else if (row.rowKey.startsWith(ORDER)) orders.push(unpacked(row, isOrder));
    }
    return { stop, holds, regions, orders };
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

  async order(id: string): Promise<StoredOrder | undefined> {
    const row = await this.#tables.get('settings', PARTITION, orderKey(id));
    return row && { order: unpacked(row, isOrder), etag: row.etag };
  }

  async setOrder(order: StandingOrder, basis: StoredOrder | undefined): Promise<void> {
    const row = rowOf(orderKey(order.id), order);
    const write = basis
      ? await this.#tables.replace('settings', row, basis.etag)
      : await this.#tables.insert('settings', row);
    if (!write.written) throw new Conflict('written-meanwhile', `standing order ${order.id} was written meanwhile`);
  }

  async removeOrder(id: string): Promise<void> {
    await this.#tables.remove('settings', PARTITION, orderKey(id));
  }
}

function orderKey(id: string): string {
  return `${ORDER}${keyPart(id)}`;
}

function rowOf(rowKey: string, value: StopSwitch | WorkspaceHold | RegionState | StandingOrder): Row {
  return { partitionKey: PARTITION, rowKey, schemaVersion: SCHEMA_VERSION, ...packed(value) };
}

function isStop(value: unknown): value is StopSwitch {
  return stopSchema.safeParse(value).success;
}

function isHold(value: unknown): value is WorkspaceHold {
  return holdSchema.safeParse(value).success;
}

function isOrder(value: unknown): value is StandingOrder {
  return standingOrderSchema.safeParse(value).success;
}

function isRegion(value: unknown): value is RegionState {
  return regionStateSchema.safeParse(value).success;
}
