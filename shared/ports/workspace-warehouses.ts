// The SQL warehouses of a workspace. The service tells no times of them: whether an act happened is told from the state alone, and both
// start and stop do no harm when they are repeated (facts/databricks.md 1.9).
import type { WarehouseId } from '../domain/ids.ts';
import type { TerminationReason } from '../domain/signals/signal.ts';
import type { CommandAnswer, StartAnswer } from './answers.ts';
import type { LastLook } from './last-look.ts';

export const warehouseStates = [
  'STARTING',
  'RUNNING',
  'STOPPING',
  'STOPPED',
  'DELETING',
  'DELETED',
  'UNKNOWN',
] as const;
export type WarehouseState = (typeof warehouseStates)[number];

/** Smallest first. */
export const warehouseSizes = [
  '2X-Small',
  'X-Small',
  'Small',
  'Medium',
  'Large',
  'X-Large',
  '2X-Large',
  '3X-Large',
  '4X-Large',
  '5X-Large',
] as const;
export type WarehouseSize = (typeof warehouseSizes)[number];

export interface Warehouse {
  readonly id: WarehouseId;
  readonly name: string;
  readonly state: WarehouseState;
  /** Absent while it is STOPPED and did not fail. */
  readonly health?: WarehouseHealth;
  /** undefined: a size that this release does not know. */
  readonly size?: WarehouseSize;
  /** Idle for so long it stops by itself; 0: never. Every statement begins the time anew. */
  readonly autoStopMinutes?: number;
}

export interface WarehouseHealth {
  readonly status: 'HEALTHY' | 'DEGRADED' | 'FAILED' | 'UNKNOWN';
  readonly summary: string;
  readonly reason?: TerminationReason;
}

/** When data was last committed to a table: null if there is no commit at all. */
export type LastCommit =
  | { readonly known: true; readonly at: string | null }
  | { readonly known: false; readonly because: string };

export interface Warehouses {
  /** undefined: this workspace does not know it. */
  get(id: WarehouseId): Promise<Warehouse | undefined>;
  /** Every page of the list. Never one call per warehouse. */
  pages(): AsyncIterable<readonly Warehouse[]>;
  start(id: WarehouseId, lastLook: LastLook): Promise<StartAnswer>;
  stop(id: WarehouseId, lastLook: LastLook): Promise<StartAnswer>;
  /** Everything else stays as it is: the service wants all of it sent back. */
  resize(id: WarehouseId, size: WarehouseSize, lastLook: LastLook): Promise<StartAnswer>;
  /** Runs one statement; waits at most `timeoutSeconds` (real). It would start a stopped warehouse: ask for its state first. */
  query(id: WarehouseId, statement: string, timeoutSeconds: number): Promise<CommandAnswer>;
  /** The newest commit of data to `schema.table`, from its history; upkeep like OPTIMIZE is none. The warehouse has to run, as for `query`. */
  lastCommit(id: WarehouseId, table: string, timeoutSeconds: number): Promise<LastCommit>;
}
