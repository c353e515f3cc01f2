// What the gate asks, in memory, by the words of the ports: stop switch, holds, breakers, budgets.
import { type Breaker, closedBreaker } from '../../shared/domain/breakers/breaker.ts';
import { Conflict } from '../../shared/domain/errors.ts';
import type { StopSwitch, WorkspaceHold } from '../../shared/domain/playbooks/gate.ts';
import { type Asking, noTurns, type Served, served, type Turns, taken } from '../../shared/domain/playbooks/turns.ts';
import type { RegionState } from '../../shared/domain/regions/region-state.ts';
import type { StandingOrder } from '../../shared/domain/standing-orders/standing-order.ts';
import type {
  BreakerKind,
  BreakerStore,
  BudgetStore,
  GateSettings,
  GateStore,
  StoredBreaker,
  StoredOrder,
} from '../../shared/ports/gate-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryGateStore implements GateStore {
  readonly #interrupt: Interrupt;
  readonly #holds = new Map<string, WorkspaceHold>();
  readonly #regions = new Map<string, RegionState>();
  readonly #orders = new Map<string, StoredOrder>();
  #version = 0;
  #stop: StopSwitch | undefined;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  /** As it is, for a test's invariants. */
  get settings(): GateSettings {
    return {
      stop: this.#stop,
      holds: [...this.#holds.values()],
      regions: [...this.#regions.values()],
      orders: [...this.#orders.values()].map(({ order }) => order),
    };
  }

  read(): Promise<GateSettings> {
    return interruptible(this.#interrupt, 'gate.read', () => this.settings);
  }

  setStop(stop: StopSwitch | undefined): Promise<void> {
    return interruptible(this.#interrupt, 'gate.setStop', () => {
      this.#stop = stop;
    });
  }

  setHold(hold: WorkspaceHold): Promise<void> {
    return interruptible(this.#interrupt, 'gate.setHold', () => void this.#holds.set(hold.workspace, hold));
  }

  releaseHold(workspace: string): Promise<void> {
    return interruptible(this.#interrupt, 'gate.releaseHold', () => void this.#holds.delete(workspace));
  }

  setRegion(state: RegionState): Promise<void> {
    return interruptible(this.#interrupt, 'gate.setRegion', () => void this.#regions.set(state.region, state));
  }

  order(id: string): Promise<StoredOrder | undefined> {
    return interruptible(this.#interrupt, 'gate.order', () => this.#orders.get(id));
  }

  setOrder(order: StandingOrder, basis: StoredOrder | undefined): Promise<void> {
    return interruptible(this.#interrupt, 'gate.setOrder', () => {
      if (this.#orders.get(order.id)?.etag !== basis?.etag) throw new Conflict('written-meanwhile', order.id);
      this.#version += 1;
      this.#orders.set(order.id, { order, etag: `v${this.#version}` });
    });
  }

  removeOrder(id: string): Promise<void> {
    return interruptible(this.#interrupt, 'gate.removeOrder', () => void this.#orders.delete(id));
  }
}

export class MemoryBreakerStore implements BreakerStore {
  readonly #interrupt: Interrupt;
  readonly #breakers = new Map<string, StoredBreaker>();
  #version = 0;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  /** Every breaker as it is, for a test's invariants. */
  get all(): readonly StoredBreaker[] {
    return [...this.#breakers.values()];
  }

  get(kind: BreakerKind, key: string): Promise<StoredBreaker> {
    return interruptible(this.#interrupt, 'breakers.get', () => this.#known(kind, key));
  }

  set(basis: StoredBreaker, breaker: Breaker): Promise<StoredBreaker> {
    return interruptible(this.#interrupt, 'breakers.set', () => {
      const { kind, key } = basis;
      if (this.#known(kind, key).etag !== basis.etag) throw new Conflict('written-meanwhile', `breaker of ${key}`);
      this.#version += 1;
      const stored: StoredBreaker = { kind, key, breaker, etag: `v${this.#version}` };
      this.#breakers.set(`${kind}|${key}`, stored);
      return stored;
    });
  }

  list(): Promise<readonly StoredBreaker[]> {
    return interruptible(this.#interrupt, 'breakers.list', () => this.all);
  }

  remove({ kind, key, etag }: StoredBreaker): Promise<void> {
    return interruptible(this.#interrupt, 'breakers.remove', () => {
      const known = this.#breakers.get(`${kind}|${key}`);
      if (known && known.etag !== etag) throw new Conflict('written-meanwhile', `breaker of ${key}`);
      this.#breakers.delete(`${kind}|${key}`);
    });
  }

  #known(kind: BreakerKind, key: string): StoredBreaker {
    return this.#breakers.get(`${kind}|${key}`) ?? { kind, key, breaker: closedBreaker, etag: undefined };
  }
}

export class MemoryBudgetStore implements BudgetStore {
  readonly #interrupt: Interrupt;
  readonly #used = new Map<string, Turns>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  take(budget: string, window: string, wanted: number, limit: number): Promise<number> {
    return interruptible(this.#interrupt, 'budget.take', () => {
      const { granted, turns } = taken(this.#used.get(budget) ?? noTurns, { window, wanted, limit });
      this.#used.set(budget, turns);
      return granted;
    });
  }

  serve(budget: string, asking: Asking): Promise<Served> {
    return interruptible(this.#interrupt, 'budget.serve', () => {
      const result = served(this.#used.get(budget) ?? noTurns, asking);
      this.#used.set(budget, result.turns);
      return result;
    });
  }
}
