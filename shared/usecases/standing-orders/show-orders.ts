// Standing orders as people see them: what holds and what is to come; what is over too, if asked for.
import { type OrderState, type StandingOrder, stateOf } from '../../domain/standing-orders/standing-order.ts';
import type { StandingOrderPorts } from './ports.ts';

export interface ShownOrder extends Omit<StandingOrder, 'fingerprint' | 'endKey' | 'noted'> {
  readonly state: OrderState;
}

/** Those that begin last come first. */
export async function showOrders(
  { gate, clock }: Pick<StandingOrderPorts, 'gate' | 'clock'>,
  all: boolean,
): Promise<ShownOrder[]> {
  const now = clock.now();
  const { orders } = await gate.read();
  return orders
    .map((order) => shownOrder(order, now))
    .filter(({ state }) => all || state === 'in-force' || state === 'to-come')
    .sort((one, other) => (one.from < other.from ? 1 : -1));
}

export function shownOrder(order: StandingOrder, now: Date): ShownOrder {
  const { fingerprint: _of, endKey: _key, noted: _noted, ...shown } = order;
  return { ...shown, state: stateOf(order, now.toISOString()) };
}
