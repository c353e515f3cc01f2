// A person gives a standing order. It holds from the moment that its row is written; its incidents are told afterwards.
import { Conflict, InvalidInput, Refused } from '../../domain/errors.ts';
import { hashOf } from '../../domain/ids.ts';
import type { Operator } from '../../domain/incidents/operator.ts';
import { faultsOf, timesOf } from '../../domain/standing-orders/check-order.ts';
import { endOf, type GivenOrder, type StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import { lookAfterNow } from './look-after-orders.ts';
import type { StandingOrderPorts } from './ports.ts';

/** The gate reads them all before every act: beyond this, somebody's program gives them. */
export const MOST_ORDERS = 200;

export interface OrderGiving {
  readonly given: GivenOrder;
  readonly operator: Operator;
  /** Of what was sent; the same key with another one is refused. */
  readonly fingerprint: string;
  readonly key?: string | undefined;
}

export interface Ordered {
  readonly order: StandingOrder;
  /** It had been carried out before: this is the order as it is now. */
  readonly repeated: boolean;
}

export async function giveOrder(ports: StandingOrderPorts, giving: OrderGiving): Promise<Ordered> {
  const id = idOf(ports, giving);
  const before = await givenBefore(ports, id, giving);
  if (before) return before;
  const order = await checked(ports, id, giving);
  try {
    await ports.gate.setOrder(order, undefined);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const meanwhile = await givenBefore(ports, id, giving);
    if (!meanwhile) throw error;
    return meanwhile;
  }
  const { kind, scope, owner, caller, reason, from, until } = order;
  ports.log.warn('standing order given', { order: id, what: kind, scope, by: owner, caller, reason, from, until });
  await lookAfterNow(ports, order);
  return { order, repeated: false };
}

/** A key is its operator's own. */
function idOf({ newOwner }: StandingOrderPorts, { operator: { caller, name }, key }: OrderGiving): string {
  return `so-${hashOf(key === undefined ? newOwner() : JSON.stringify([caller, name, key]), 24)}`;
}

async function givenBefore(
  ports: StandingOrderPorts,
  id: string,
  { fingerprint }: OrderGiving,
): Promise<Ordered | undefined> {
  const stored = await ports.gate.order(id);
  if (!stored) return undefined;
  if (stored.order.fingerprint !== fingerprint) {
    const words = 'You have used this Idempotency-Key for another standing order: send a new key with a new order.';
    throw new InvalidInput('key-reused', words);
  }
  // Whoever wrote it may have died before its incidents were told.
  await lookAfterNow(ports, stored.order);
  return { order: stored.order, repeated: true };
}

async function checked(
  { estate, gate, clock }: StandingOrderPorts,
  id: string,
  { given, operator, fingerprint }: OrderGiving,
): Promise<StandingOrder> {
  const now = clock.now();
  const faults = faultsOf(estate, given, now);
  if (faults.length > 0) throw new InvalidInput('invalid-fields', 'Fields are missing or wrong.', faults);
  const { orders } = await gate.read();
  const givenAt = now.toISOString();
  if (orders.filter((order) => endOf(order) > givenAt).length >= MOST_ORDERS)
    throw new Refused('illegal-transition', `${MOST_ORDERS} standing orders are enough: end some first.`);
  const { kind, scope, reason } = given;
  const { name: owner, caller } = operator;
  return { id, kind, scope, ...timesOf(given, now), owner, caller, reason, givenAt, fingerprint, noted: {} };
}
