// A message to people as it travels through the `messages` queue: session per recipient and channel, so that they stay in order.
import { sessionIdOf } from '../domain/incidents/subject.ts';
import type { DeliveryOrder } from '../domain/notification/delivery-order.ts';
import type { Message } from '../domain/notification/message.ts';
import type { BusMessage } from '../ports/bus.ts';

export function personMessage(message: Message, tries = 0, dueAt?: string): BusMessage {
  const order: DeliveryOrder = { schemaVersion: 1, message, tries };
  return {
    id: tries === 0 ? message.id : `${message.id}-try-${tries + 1}`,
    queue: 'messages',
    sessionId: sessionIdOf(`to/${message.recipient}/${message.channel}`),
    body: order,
    correlationId: message.incidentId,
    ...(dueAt === undefined ? {} : { dueAt }),
  };
}

/** An earlier delivery may have decided a next try and died before it was sent. Once the message is settled it changes nothing any more, but it goes its way. */
export function triesIn(outbox: readonly BusMessage[], { id }: Message): BusMessage[] {
  return outbox.filter((one) => one.id.startsWith(`${id}-try-`));
}
