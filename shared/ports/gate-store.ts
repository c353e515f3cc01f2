// What the gate asks and all instances share: stop switch and holds, breakers, and the budget of what we do to a workspace.
import type { Breaker } from '../domain/breakers/breaker.ts';
import type { StopSwitch, WorkspaceHold } from '../domain/playbooks/gate.ts';

export interface GateSettings {
  readonly stop: StopSwitch | undefined;
  readonly holds: readonly WorkspaceHold[];
}

export interface GateStore {
  /** One range read. */
  read(): Promise<GateSettings>;
  /** undefined releases it. Setting what is set already is fine. */
  setStop(stop: StopSwitch | undefined): Promise<void>;
  setHold(hold: WorkspaceHold): Promise<void>;
  releaseHold(workspace: string): Promise<void>;
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

export type Grant = { readonly granted: true } | { readonly granted: false; readonly until: string };

export interface ActBudget {
  /** Takes one act on this workspace from the budget shared by all instances (E10). */
  takeAct(workspace: string): Promise<Grant>;
}

export interface BudgetStore {
  /** Takes up to `wanted` of what is left of `limit` in this window of this budget, for good; 0 when nothing is left. */
  take(budget: string, window: string, wanted: number, limit: number): Promise<number>;
}
