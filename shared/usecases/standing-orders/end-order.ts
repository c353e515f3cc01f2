// A person ends a standing order before its time: what it held goes on at once. Of two who end it, the second is told that it is over.
import { Refused } from '../../domain/errors.ts';
import { hashOf } from '../../domain/ids.ts';
import type { MaybeReasoned, Operator } from '../../domain/incidents/operator.ts';
import { endOf, type StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import { againOnConflict } from '../again-on-conflict.ts';
import type { Ordered } from './give-order.ts';
import { lookAfterNow } from './look-after-orders.ts';
import type { StandingOrderPorts } from './ports.ts';

export interface OrderEnding extends MaybeReasoned {
  readonly id: string;
  readonly operator: Operator;
  readonly key?: string | undefined;
}

export async function endOrder(ports: StandingOrderPorts, ending: OrderEnding): Promise<Ordered> {
  const ended = await againOnConflict(ports.clock, () => end(ports, ending));
  const { order, repeated } = ended;
  if (!repeated)
    ports.log.warn('standing order ended', { order: order.id, by: ending.operator.name, reason: ending.reason });
  await lookAfterNow(ports, order);
  return ended;
}

async function end({ gate, clock }: StandingOrderPorts, ending: OrderEnding): Promise<Ordered> {
  const { id, operator, reason } = ending;
  const stored = await gate.order(id);
  if (!stored) throw new Refused('not-found', 'There is no standing order of this id.');
  const endKey = keyOf(ending);
  if (endKey !== undefined && stored.order.endKey === endKey) return { order: stored.order, repeated: true };
  const now = clock.now().toISOString();
  mustStand(stored.order, now);
  const order: StandingOrder = {
    ...stored.order,
    endedAt: now,
    endedBy: operator.name,
    ...(reason === undefined ? {} : { endReason: reason }),
    ...(endKey === undefined ? {} : { endKey }),
  };
  await gate.setOrder(order, stored);
  return { order, repeated: false };
}

function mustStand(order: StandingOrder, now: string): void {
  if (endOf(order) > now) return;
  const by = order.endedBy === undefined ? 'by itself' : `by ${order.endedBy}`;
  throw new Refused('illegal-transition', `It has ended ${by} at ${endOf(order)}: there is nothing to end.`);
}

/** A key is its operator's own. */
function keyOf({ operator: { caller, name }, key }: OrderEnding): string | undefined {
  return key === undefined ? undefined : hashOf(JSON.stringify([caller, name, key]), 24);
}
