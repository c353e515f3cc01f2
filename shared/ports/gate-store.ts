// What the gate asks and all instances share: stop switch, holds and standing orders, breakers, and the budget of what we do to a workspace.
import type { Breaker } from '../domain/breakers/breaker.ts';
import type { StopSwitch, WorkspaceHold } from '../domain/playbooks/gate.ts';
import type { Asking, Served } from '../domain/playbooks/turns.ts';
import type { RegionState } from '../domain/regions/region-state.ts';
import type { StandingOrder } from '../domain/standing-orders/standing-order.ts';

export interface GateSettings {
  readonly stop: StopSwitch | undefined;
  readonly holds: readonly WorkspaceHold[];
  /** How each region stands by its last assessment. */
  readonly regions: readonly RegionState[];
  /** Those to come and those that are over as well, until they are purged. */
  readonly orders: readonly StandingOrder[];
}

export interface StoredOrder {
  readonly order: StandingOrder;
  readonly etag: string;
}

export interface GateStore {
  /** One range read. */
  read(): Promise<GateSettings>;
  /** undefined releases it. Setting what is set already is fine. */
  setStop(stop: StopSwitch | undefined): Promise<void>;
  setHold(hold: WorkspaceHold): Promise<void>;
  releaseHold(workspace: string): Promise<void>;
  setRegion(state: RegionState): Promise<void>;
  order(id: string): Promise<StoredOrder | undefined>;
  /** `basis` is what was read (undefined: there was none). Throws `Conflict` when somebody was faster. */
  setOrder(order: StandingOrder, basis: StoredOrder | undefined): Promise<void>;
  /** Missing is fine. */
  removeOrder(id: string): Promise<void>;
}

export type BreakerKind = 'class' | 'subject';

export interface StoredBreaker {
  readonly kind: BreakerKind;
  readonly key: string;
  readonly breaker: Breaker;
  /** undefined: there is no row yet. */
  readonly etag: string | undefined;
}

export interface BreakerStore {
  /** A breaker that was never written is closed. */
  get(kind: BreakerKind, key: string): Promise<StoredBreaker>;
  /** Throws `Conflict` when somebody was faster. */
  set(basis: StoredBreaker, breaker: Breaker): Promise<StoredBreaker>;
  /** Every breaker that has been written. */
  list(): Promise<readonly StoredBreaker[]>;
  /** Afterwards it is one that was never written. Throws `Conflict` when it was changed since it was read. */
  remove(stored: StoredBreaker): Promise<void>;
}

export type Grant =
  /** It counts in the window that ends at `endsAt` (ISO): sent later, it would be one more of the next window. */
  | { readonly granted: true; readonly endsAt: string }
  /** Ask again at `until`, with `turn`: whoever has had to wait comes before those who ask for the first time. Both are ISO instants. */
  | { readonly granted: false; readonly until: string; readonly turn: string };

/** Who asks: the run, and the turn that it was given if it has asked before. */
export interface ActAsker {
  readonly runId: string;
  readonly turn?: string | undefined;
}

export interface ActBudget {
  /** Takes one act on this workspace from the budget shared by all instances (E10). */
  takeAct(workspace: string, asker: ActAsker): Promise<Grant>;
  /** Whether one more would have to wait, as far as this process knows: it reads nothing. */
  isUsedUp(workspace: string): boolean;
}

export interface BudgetStore {
  /** Takes up to `wanted` of what is left of `limit` in this window of this budget, for good; 0 when nothing is left. */
  take(budget: string, window: string, wanted: number, limit: number): Promise<number>;
  /** Serves those who ask by the rules of `served`, in one write that no other instance's comes between. */
  serve(budget: string, asking: Asking): Promise<Served>;
}
