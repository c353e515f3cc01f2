// Looks at a workspace in memory, by the words of the port; the warehouses are those of the workspace. What goes wrong is ordered.
import type { WarehouseId } from '../../shared/domain/ids.ts';
import type { CommandAnswer } from '../../shared/ports/answers.ts';
import type { AclKind, Probed, WorkspaceProbe } from '../../shared/ports/workspace-probe.ts';
import type { Warehouse } from '../../shared/ports/workspace-warehouses.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';
import type { MemoryWarehouses } from './memory-warehouses.ts';

type LookName = Exclude<keyof WorkspaceProbe, 'mayCall'>;

export class MemoryProbe implements WorkspaceProbe {
  /** In order, statements with the state that their warehouse had. */
  readonly calls: string[] = [];
  /** Calls that the budget leaves. */
  budget = Number.POSITIVE_INFINITY;
  /** What each look comes to instead of going well. */
  readonly ordered = new Map<LookName, Probed<never>>();
  /** Done right after the state of a warehouse was read. */
  afterState: (() => void) | undefined;
  readonly #warehouses: MemoryWarehouses;
  readonly #interrupt: Interrupt;

  constructor(warehouses: MemoryWarehouses, interrupt: Interrupt = uninterrupted) {
    this.#warehouses = warehouses;
    this.#interrupt = interrupt;
  }

  async mayCall(): Promise<boolean> {
    this.budget -= 1;
    return this.budget >= 0;
  }

  authenticate(): Promise<Probed<string>> {
    return this.#look('authenticate', 'authenticate', () => 'lakewarden');
  }

  listClusters(): Promise<Probed<void>> {
    return this.#look('listClusters', 'list', () => undefined);
  }

  async warehouse(id: WarehouseId): Promise<Probed<Warehouse>> {
    const known = await this.#warehouses.get(id);
    if (!known) return { outcome: 'refused', milliseconds: 1, status: 404, because: 'there is no such warehouse' };
    const seen = await this.#look('warehouse', `state ${id}`, () => known);
    this.afterState?.();
    return seen;
  }

  async statement(id: WarehouseId, statement: string): Promise<Probed<CommandAnswer>> {
    const state = (await this.#warehouses.get(id))?.state;
    const answer = await this.#warehouses.query(id, statement);
    return await this.#look('statement', `${statement} on ${state} ${id}`, () => answer);
  }

  access(kind: AclKind, id: string): Promise<Probed<void>> {
    return this.#look('access', `access ${kind} ${id}`, () => undefined);
  }

  #look<Value>(name: LookName, call: string, value: () => Value): Promise<Probed<Value>> {
    return interruptible(this.#interrupt, `probe.${name}`, () => {
      this.calls.push(call);
      return this.ordered.get(name) ?? { outcome: 'ok', milliseconds: 1, value: value() };
    });
  }
}
