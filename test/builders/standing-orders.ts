// Standing orders for tests: given as a door gives them, and time that passes with its timers.
import { readBy } from '../../shared/domain/faults.ts';
import {
  type GivenOrder,
  givenOrderSchema,
  type StandingOrder,
} from '../../shared/domain/standing-orders/standing-order.ts';
import { endOrder } from '../../shared/usecases/standing-orders/end-order.ts';
import { giveOrder, type OrderGiving } from '../../shared/usecases/standing-orders/give-order.ts';
import type { StandingOrderPorts } from '../../shared/usecases/standing-orders/ports.ts';
import type { House } from './house.ts';

export const ANA = { name: 'ana', caller: 'api-key' };
export const BEN = { name: 'ben', caller: 'api-key' };
export const HOUR = 3600;

/** An hour of it over everything, for a reason, unless told otherwise. */
export function aGiven(house: House, change: Partial<GivenOrder> = {}, seconds = HOUR): GivenOrder {
  const given = readBy(givenOrderSchema, {
    kind: 'silence',
    scope: { of: 'everything' },
    until: new Date(house.clock.now().getTime() + seconds * 1000).toISOString(),
    reason: 'we are at it',
    ...change,
  });
  if (!given.ok) throw new Error(JSON.stringify(given.faults));
  return given.value;
}

export async function give(
  house: House,
  change: Partial<GivenOrder> = {},
  {
    seconds = HOUR,
    ports = house.ports,
    ...more
  }: Partial<OrderGiving> & { seconds?: number; ports?: StandingOrderPorts } = {},
): Promise<StandingOrder> {
  const given = aGiven(house, change, seconds);
  const { order } = await giveOrder(ports, { given, operator: ANA, fingerprint: JSON.stringify(given), ...more });
  return order;
}

export async function end(house: House, id: string, ports: StandingOrderPorts = house.ports): Promise<StandingOrder> {
  const { order } = await endOrder(ports, { id, operator: BEN, reason: 'done early' });
  return order;
}

/** Time passes, with what is due in it and a look of the watchdog every minute. */
export async function minutes(house: House, count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) {
    const start = house.clock.now().getTime();
    await house.settle(60);
    await house.clock.advance(Math.max(0, start + 60_000 - house.clock.now().getTime()));
    await house.watch();
  }
  await house.settle(0);
}

export function toldTexts(house: House): string[] {
  return house.told.map(({ message }) => `${message.kind}: ${message.text}`);
}
