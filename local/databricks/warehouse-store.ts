// The SQL warehouses of a workspace, each as of now, kept over a kill.
import type { KeptMap } from '../durable/kept-map.ts';
import type { Clock } from '../simulator/clock.ts';
import { noSuchWarehouse } from './errors.ts';
import { WAREHOUSE_REMEMBERED_SECONDS } from './refusals.ts';
import { settleWarehouse, type Warehouse } from './warehouse.ts';

export interface WarehouseStore {
  /** Also one that was deleted not long ago. */
  find(id: string): Warehouse | undefined;
  /** Refuses in the API's words if there is none. */
  get(id: string): Warehouse;
  all(): Warehouse[];
  put(warehouse: Warehouse): Warehouse;
  remove(id: string): void;
  /** Whether there is or ever was one of that id. */
  isKnown(id: string): boolean;
}

const KEPT = 'warehouse/';

export function createWarehouseStore(clock: Clock, kept: KeptMap): WarehouseStore {
  const found = kept.under(KEPT);
  const warehouses = new Map(found.flatMap(([id, one]) => (isWarehouse(one) ? [[id, one] as const] : [])));
  const removed = new Set(found.flatMap(([id, one]) => (one === null ? [id] : [])));

  function put(warehouse: Warehouse): Warehouse {
    if (warehouses.get(warehouse.id) !== warehouse) kept.set(KEPT + warehouse.id, warehouse);
    warehouses.set(warehouse.id, warehouse);
    return warehouse;
  }

  function remove(id: string): void {
    // Remembered as gone: a start must not seed it anew.
    kept.set(KEPT + id, null);
    removed.add(id);
    warehouses.delete(id);
  }

  function find(id: string): Warehouse | undefined {
    const before = warehouses.get(id);
    if (!before) return undefined;
    const warehouse = put(settleWarehouse(before, clock.now()));
    const isForgotten =
      clock.now() > (warehouse.deletedAt ?? Number.POSITIVE_INFINITY) + WAREHOUSE_REMEMBERED_SECONDS * 1000;
    if (!isForgotten) return warehouse;
    remove(id);
    return undefined;
  }

  return {
    find,
    put,
    remove,
    all: () => [...warehouses.keys()].flatMap((id) => find(id) ?? []),
    isKnown: (id) => warehouses.has(id) || removed.has(id),
    get(id) {
      const warehouse = find(id);
      if (!warehouse) throw noSuchWarehouse(id);
      return warehouse;
    },
  };
}

function isWarehouse(value: unknown): value is Warehouse {
  return typeof value === 'object' && value !== null && 'settings' in value && 'state' in value && 'due' in value;
}
