// What every queue function does with a delivery: read it, handle it, and settle it so that nothing is lost and nothing poisons a queue.
// A Node function can neither dead-letter nor delay a message: a broken one is quarantined and settled, an outage of ours is waited out, then thrown.
import { Conflict, type FieldFault, Unavailable } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { SignalStore } from '../ports/signal-store.ts';

/** 20 to 30 s with jitter before the delivery is given back: with 80 deliveries an outage of a quarter of an hour is outlasted. */
const WAIT_SECONDS = 20;
const JITTER_SECONDS = 10;

export interface Delivery {
  readonly queue: string;
  readonly messageId: string;
  readonly deliveryCount: number;
  readonly body: unknown;
}

export type Readable<Order> =
  | { readonly ok: true; readonly value: Order }
  | { readonly ok: false; readonly faults: readonly FieldFault[] };

export interface TakePorts {
  readonly signals: SignalStore;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  random(): number;
}

export async function takeMessage<Order>(
  ports: TakePorts,
  delivery: Delivery,
  read: (body: unknown) => Readable<Order>,
  handle: (order: Order) => Promise<unknown>,
): Promise<void> {
  const order = read(delivery.body);
  if (!order.ok) return await quarantine(ports, delivery, `it cannot be read: ${JSON.stringify(order.faults)}`);
  try {
    await handle(order.value);
  } catch (error) {
    if (isOutage(error)) return await giveBack(ports, delivery, error);
    await quarantine(ports, delivery, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function isOutage(error: unknown): error is Unavailable | Conflict {
  return error instanceof Unavailable || error instanceof Conflict;
}

/** Waits, then throws: the host abandons the message and the broker delivers it again. */
export async function giveBack(ports: Omit<TakePorts, 'signals'>, delivery: Delivery, error: Error): Promise<never> {
  const { queue, messageId, deliveryCount } = delivery;
  ports.log.warn('delivery given back', { queue, messageId, deliveryCount, because: error.message });
  const seconds = WAIT_SECONDS + ports.random() * JITTER_SECONDS;
  const milliseconds = ports.clock.after(seconds).getTime() - ports.clock.now().getTime();
  await ports.clock.sleep(Math.max(0, milliseconds));
  throw error;
}

/** On record and out of the way (invariant 1). If even that cannot be written, the delivery is given back. */
async function quarantine(ports: TakePorts, delivery: Delivery, because: string): Promise<void> {
  const { queue, messageId, deliveryCount } = delivery;
  ports.log.error('delivery quarantined', { queue, messageId, deliveryCount, because });
  try {
    await ports.signals.record({
      signalId: messageId,
      decidedAt: ports.clock.now().toISOString(),
      subject: `${queue}/${messageId}`,
      ticketId: null,
      errorType: null,
      recoveryStatus: 'failed',
      actionsTaken: [],
      message: 'Lakewarden could not handle this message: it is kept here for a person.',
      ended: 'quarantined',
      decisions: [
        { stage: 'take', decision: 'quarantined', because: because.slice(0, 2000), evidence: { body: delivery.body } },
      ],
    });
  } catch (error) {
    if (isOutage(error)) return await giveBack(ports, delivery, error);
    throw error;
  }
}
