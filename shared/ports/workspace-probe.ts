// Looks at a workspace that are tried once and never wait: what our own budget or limits leave no room for is `skipped`.
// None of them starts, stops or changes anything; what goes wrong is an answer. Only trouble of our own stores is thrown.
import type { ComponentKind } from '../domain/estate/components.ts';
import type { WarehouseId } from '../domain/ids.ts';
import type { CommandAnswer } from './answers.ts';
import type { Warehouse } from './workspace-warehouses.ts';

export type Probed<Value> =
  | { readonly outcome: 'ok'; readonly milliseconds: number; readonly value: Value }
  /** No answer, a wrong one, or one of 500 and above. */
  | { readonly outcome: 'failed'; readonly milliseconds: number; readonly because: string }
  /** 401, 403, 404, 429 and other 4xx: it is alive, and we may not. */
  | { readonly outcome: 'refused'; readonly milliseconds: number; readonly status: number; readonly because: string }
  /** Nothing was sent: our budget, our limits, or no token for our identity. */
  | { readonly outcome: 'skipped'; readonly because: string };

/** Whose access list can be asked for by the id that the estate has. */
export const aclKinds = ['cluster', 'warehouse', 'job'] as const satisfies readonly ComponentKind[];
export type AclKind = (typeof aclKinds)[number];

/** Each ends within `limitSeconds` (real). */
export interface WorkspaceProbe {
  /** Takes one call from the budget if there is one: for a look that does not go through this port. */
  mayCall(): Promise<boolean>;
  /** User name of the identity we act under. */
  authenticate(limitSeconds: number): Promise<Probed<string>>;
  /** One page of one cluster. */
  listClusters(limitSeconds: number): Promise<Probed<void>>;
  warehouse(id: WarehouseId, limitSeconds: number): Promise<Probed<Warehouse>>;
  /** It would start a warehouse that does not run: ask for its state right before. Cancelled when it takes longer than the limit. */
  statement(id: WarehouseId, statement: string, limitSeconds: number): Promise<Probed<CommandAnswer>>;
  /** Whether its permissions can be read. */
  access(kind: AclKind, id: string, limitSeconds: number): Promise<Probed<void>>;
}
