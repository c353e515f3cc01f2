// What the three queue doors share: from the host's shapes to a delivery. Bodies travel under one member, because the host merges top-level members into its metadata.
import type { InvocationContext } from '@azure/functions';
import { type Core, core, outageKit } from '../../shared/compose.ts';
import { LakewardenError, Unavailable } from '../../shared/domain/errors.ts';
import { type Delivery, giveBack, type Readable, takeMessage } from '../../shared/usecases/take-message.ts';

export async function take<Order>(
  queue: Delivery['queue'],
  message: unknown,
  context: InvocationContext,
  read: (body: unknown) => Readable<Order>,
  handle: (core: Core, order: Order, delivery: Delivery) => Promise<unknown>,
): Promise<void> {
  const delivery = deliveryOf(queue, message, context);
  const ports = await composed(delivery);
  await takeMessage(ports, delivery, read, (order) => handle(ports, order, delivery));
}

/** Not configured is an outage of ours: the message waits for the repair, it is not lost. */
async function composed(delivery: Delivery): Promise<Core> {
  try {
    return core();
  } catch (error) {
    const outage =
      error instanceof LakewardenError ? error : new Unavailable('not-configured', String(error), { cause: error });
    return await giveBack(outageKit, delivery, outage);
  }
}

export function deliveryOf(queue: Delivery['queue'], message: unknown, context: InvocationContext): Delivery {
  const metadata = context.triggerMetadata ?? {};
  const { messageId, sessionId, correlationId, deliveryCount } = metadata;
  const redrive = propertiesOf(metadata).redrive;
  const id = typeof messageId === 'string' ? messageId : `${queue}-${context.invocationId}`;
  return {
    queue,
    messageId: id,
    sessionId: typeof sessionId === 'string' ? sessionId : id,
    ...(typeof correlationId === 'string' ? { correlationId } : {}),
    deliveryCount: typeof deliveryCount === 'number' ? deliveryCount : 1,
    body: bodyOf(message),
    ...(typeof redrive === 'number' ? { redrive } : {}),
  };
}

function bodyOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'lakewarden' in message ? message.lakewarden : message;
}

/** Their names lose a first capital on the way (facts/functions-host.md 2). */
export function propertiesOf({ applicationProperties }: Record<string, unknown>): Record<string, unknown> {
  return typeof applicationProperties === 'object' && applicationProperties !== null
    ? { ...applicationProperties }
    : {};
}
