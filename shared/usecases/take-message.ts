// What every queue function does with a delivery: read it, handle it, and settle it so that nothing is lost and nothing poisons a queue.
// A Node function can neither dead-letter nor delay a message: a broken one is quarantined and settled, an outage of ours is waited out, then thrown.
import { Conflict, type FieldFault, Unavailable } from '../domain/errors.ts';
import type { BusMessage, QueueName } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeadLetterPorts } from './dead-letters/ports.ts';
import { settleDeadLetter } from './settle-dead-letter.ts';

/**
 * 20 to 30 s with jitter before the delivery is given back. 79 of these waits (infra/queues.json: 80 deliveries) are at least
 * 26 minutes: an outage of a quarter of an hour is outlasted, and so are a dozen crashes or lost locks in the middle of it.
 */
const WAIT_SECONDS = 20;
const JITTER_SECONDS = 10;
/** On a laptop operational seconds are shorter than outages are. After so many deliveries the waits grow towards real seconds. */
const SHORT_WAITS = 20;
const GROWTH = 1.5;

export interface Delivery {
  readonly queue: QueueName;
  readonly messageId: string;
  readonly sessionId: string;
  readonly correlationId?: string;
  readonly deliveryCount: number;
  readonly body: unknown;
  /** Present on a message that was sent again after it had been dead-lettered. */
  readonly redrive?: number;
}

export type Readable<Order> =
  | { readonly ok: true; readonly value: Order }
  | { readonly ok: false; readonly faults: readonly FieldFault[] };

export interface TakePorts extends DeadLetterPorts {
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
    // Whoever sent it again is told what became of it, before the delivery is settled.
    if (delivery.redrive !== undefined) await settleDeadLetter(ports, messageOf(delivery), { as: 'handled' });
  } catch (error) {
    if (isOutage(error)) return await giveBack(ports, delivery, error);
    await quarantine(ports, delivery, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function isOutage(error: unknown): error is Unavailable | Conflict {
  return error instanceof Unavailable || error instanceof Conflict;
}

/** Waits, then throws: the host abandons the message and the broker delivers it again. */
export async function giveBack(
  ports: Pick<TakePorts, 'clock' | 'log' | 'random'>,
  delivery: Delivery,
  error: Error,
): Promise<never> {
  const { queue, messageId, deliveryCount } = delivery;
  ports.log.warn('delivery given back', { queue, messageId, deliveryCount, because: error.message });
  await ports.clock.sleep(waitMs(ports.clock, WAIT_SECONDS + ports.random() * JITTER_SECONDS, deliveryCount));
  throw error;
}

function waitMs(clock: Clock, seconds: number, deliveryCount: number): number {
  return Math.min(seconds * 1000, clock.millisecondsOf(seconds) * GROWTH ** Math.max(0, deliveryCount - SHORT_WAITS));
}

/** As it came, so that a person can have it sent again. */
export function messageOf({ queue, messageId, sessionId, correlationId, body }: Delivery): BusMessage {
  return { id: messageId, queue, sessionId, body, ...(correlationId === undefined ? {} : { correlationId }) };
}

/** On record, out of the way, and a person is called (invariant 1). If even that cannot be written, the delivery is given back. */
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
    await settleDeadLetter(ports, messageOf(delivery), { as: 'given-up', because: because.slice(0, 2000) });
  } catch (error) {
    if (isOutage(error)) return await giveBack(ports, delivery, error);
    throw error;
  }
}
