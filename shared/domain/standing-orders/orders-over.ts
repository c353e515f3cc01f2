// What stands over a component at an instant: the estate's weekly windows and the standing orders, asked in one place by judge, gate, poll and messages.
import type { FailureClass } from '../classification/failure-classes.ts';
import type { Estate } from '../estate/estate.ts';
import { type ComponentKey, regionOf, rulesOf } from '../estate/lookup.ts';
import { isInWindow } from '../estate/maintenance-windows.ts';
import type { Kept } from '../playbooks/gate.ts';
import { endOf, isBeyondOrders, isInForce, type OrderKind, orderWords, type StandingOrder } from './standing-order.ts';

/** What is asked about. */
export interface About {
  readonly component: ComponentKey;
  /** While it is not known yet, orders for one class do not count. */
  readonly failureClass?: FailureClass;
  readonly at: Date;
}

/** The order of this kind that is in force over it; of several the one that ends last. */
export function orderOver(
  estate: Estate,
  orders: readonly StandingOrder[],
  kind: OrderKind,
  about: About,
): StandingOrder | undefined {
  const at = about.at.toISOString();
  return orders
    .filter((order) => order.kind === kind && isInForce(order, at) && covers(estate, order, about))
    .toSorted((one, other) => (endOf(one) < endOf(other) ? -1 : 1))
    .at(-1);
}

/** The maintenance window that is open around it: one of the estate's, or one that a person has given. */
export function windowAround(estate: Estate, orders: readonly StandingOrder[], about: About): Kept | undefined {
  const order = orderOver(estate, orders, 'maintenance-window', about);
  if (order) return keptBy(order);
  const { maintenanceWindows } = rulesOf(estate, about.component);
  return isInWindow(maintenanceWindows, about.at) ? {} : undefined;
}

/** The first of the windows that were open at each of these instants. */
export function windowAtAll(
  estate: Estate,
  orders: readonly StandingOrder[],
  about: Omit<About, 'at'>,
  instants: readonly Date[],
): Kept | undefined {
  const windows = instants.map((at) => windowAround(estate, orders, { ...about, at }));
  return windows.includes(undefined) ? undefined : windows[0];
}

export function keptBy(order: StandingOrder | undefined): Kept | undefined {
  return order && { words: orderWords(order), until: endOf(order) };
}

/** Whether its scope holds the component and the class, whenever that is. */
export function covers(
  estate: Estate,
  { scope }: Pick<StandingOrder, 'scope'>,
  { component, failureClass }: Omit<About, 'at'>,
): boolean {
  if (isBeyondOrders(component.kind)) return false;
  switch (scope.of) {
    case 'everything':
      return true;
    case 'region':
      return regionOf(estate, component.workspace) === scope.region;
    case 'workspace':
      return component.workspace === scope.workspace;
    case 'component':
      return (
        component.kind === scope.kind &&
        component.id === scope.id &&
        (scope.workspace === undefined || component.workspace === scope.workspace)
      );
    case 'failure-class':
      return failureClass === scope.failureClass;
  }
}
