// What became of a message that was sent again: handled, or not to be handled at all. The last one handled resolves the incident about ourselves.
import type { BusMessage, QueueName } from '../ports/bus.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { deadLetterId, settled } from './dead-letters/letter.ts';
import { resolveTrouble, tellTrouble } from './dead-letters/own-incident.ts';
import type { DeadLetterPorts } from './dead-letters/ports.ts';

export type Settlement = { readonly as: 'handled' } | { readonly as: 'given-up'; readonly because: string };

/** Safe to repeat. Does nothing for a message that never was a dead letter. */
export async function settleDeadLetter(
  ports: DeadLetterPorts,
  message: Pick<BusMessage, 'queue' | 'id'>,
  settlement: Settlement,
): Promise<void> {
  const id = deadLetterId(message);
  const because = settlement.as === 'given-up' ? settlement.because : undefined;
  const letter = await againOnConflict(ports.clock, async () => {
    const known = await ports.deadLetters.get(id);
    if (!known || known.letter.state === settlement.as) return known?.letter;
    return (await ports.deadLetters.put(settled(known.letter, settlement.as, because), known)).letter;
  });
  if (!letter) return;
  if (settlement.as === 'handled')
    return await againOnConflict(ports.clock, () => resolveWhenAll(ports, message.queue));
  await againOnConflict(ports.clock, () =>
    tellTrouble(ports, {
      queue: message.queue,
      deliveryId: `${id}-${letter.redrives}-${letter.replays}-given-up`,
      isArrival: false,
      givenUp: true,
      entry: {
        type: 'dead-letter-given-up',
        actor: 'lakewarden',
        text: `Message ${message.id} of the queue ${message.queue} was sent again and cannot be handled: ${settlement.because.slice(0, 300)}`,
        data: { deadLetter: id, messageId: message.id },
      },
    }),
  );
}

async function resolveWhenAll(ports: DeadLetterPorts, queue: QueueName): Promise<void> {
  for await (const { letter } of ports.deadLetters.all(['waiting', 'redriven', 'given-up'])) {
    if (letter.message.queue === queue) return;
  }
  const text = `Every dead-lettered message of the queue ${queue} has been handled.`;
  await resolveTrouble(ports, queue, { type: 'incident-resolved', actor: 'lakewarden', text });
}
