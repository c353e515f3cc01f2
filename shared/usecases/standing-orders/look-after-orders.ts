// Brings the beginnings and ends of standing orders to the incidents that they touch. Done at once by whoever gives or ends one, and every
// minute by the watchdog for what ended at its time and for what a dead process left. What is put on record is marked, so that it ends.
import { LakewardenError } from '../../domain/errors.ts';
import { endOf, isInForce, type StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import type { Clock } from '../../ports/clock.ts';
import { againOnConflict } from '../again-on-conflict.ts';
import { type Moment, noteOnIncidents } from './note-on-incidents.ts';
import type { StandingOrderPorts } from './ports.ts';

/** Whoever read the orders before one ended has written by then, in seconds of operations. */
const SETTLED_SECONDS = 180;

/** Every order that there is; resolves with how many marks were set. One that cannot be looked after now delays no other. */
export async function lookAfterOrders(ports: StandingOrderPorts): Promise<number> {
  const { orders } = await ports.gate.read();
  let marks = 0;
  for (const order of orders) {
    try {
      marks += await lookAfter(ports, order);
    } catch (error) {
      ports.log.error('a standing order could not be looked after', { order: order.id, because: String(error) });
    }
  }
  return marks;
}

/** After giving or ending one: what cannot be done now is the watchdog's. */
export async function lookAfterNow(ports: StandingOrderPorts, order: StandingOrder): Promise<void> {
  try {
    await lookAfter(ports, order);
  } catch (error) {
    if (!(error instanceof LakewardenError) || error.code === 'broken') throw error;
    ports.log.warn('a standing order holds, its incidents are left to the watchdog', {
      order: order.id,
      because: error.message,
    });
  }
}

async function lookAfter(ports: StandingOrderPorts, order: StandingOrder): Promise<number> {
  const moments = dueMoments(order, ports.clock);
  for (const moment of moments) {
    // One that was ended before it began has touched nothing.
    const count = endOf(order) <= order.from ? 0 : await noteOnIncidents(ports, order, moment);
    await mark(ports, order.id, moment);
    const { id, kind, owner } = order;
    ports.log.info('standing order noted', { order: id, what: kind, moment, by: owner, incidents: count });
  }
  return moments.length;
}

/** What has come since it was last looked after. */
function dueMoments(order: StandingOrder, clock: Clock): Moment[] {
  const { began, ended, settled } = order.noted;
  const now = clock.now().toISOString();
  if (isInForce(order, now)) return began === undefined ? ['began'] : [];
  if (endOf(order) > now || settled !== undefined) return [];
  if (ended === undefined) return ['ended'];
  const patienceMs = clock.millisecondsOf(SETTLED_SECONDS);
  return Date.parse(ended) + patienceMs <= clock.now().getTime() ? ['settled'] : [];
}

async function mark({ gate, clock }: StandingOrderPorts, id: string, moment: Moment): Promise<void> {
  await againOnConflict(clock, async () => {
    const stored = await gate.order(id);
    if (!stored || stored.order.noted[moment] !== undefined) return;
    const noted = { ...stored.order.noted, [moment]: clock.now().toISOString() };
    await gate.setOrder({ ...stored.order, noted }, stored);
  });
}
