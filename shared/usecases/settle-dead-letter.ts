// What became of a message: handled after it was sent again, or not to be handled at all, which makes it a dead letter if it was none.
// The last one handled resolves the incident about ourselves.
import type { BusMessage, QueueName } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeadLetter } from '../ports/dead-letter-store.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { deadLetterId, settled, unhandled } from './dead-letters/letter.ts';
import { resolveTrouble, tellTrouble } from './dead-letters/own-incident.ts';
import type { DeadLetterPorts } from './dead-letters/ports.ts';

export type Settlement = { readonly as: 'handled' } | { readonly as: 'given-up'; readonly because: string };

/** Safe to repeat. A message that was handled and never was a dead letter changes nothing. */
export async function settleDeadLetter(
  ports: DeadLetterPorts,
  message: BusMessage,
  settlement: Settlement,
): Promise<void> {
  const id = deadLetterId(message);
  const letter = await againOnConflict(ports.clock, async () => {
    const known = await ports.deadLetters.get(id);
    if (known?.letter.state === settlement.as) return known.letter;
    const next = afterwards(known?.letter, message, settlement, ports.clock);
    return next && (await ports.deadLetters.put(next, known)).letter;
  });
  if (!letter) return;
  if (settlement.as === 'handled')
    return await againOnConflict(ports.clock, () => resolveWhenAll(ports, message.queue));
  const again = letter.redrives + letter.replays > 0 ? 'was sent again and ' : '';
  await againOnConflict(ports.clock, () =>
    tellTrouble(ports, {
      queue: message.queue,
      deliveryId: `${id}-${letter.redrives}-${letter.replays}-given-up`,
      isArrival: again === '',
      givenUp: true,
      entry: {
        type: 'dead-letter-given-up',
        actor: 'lakewarden',
        text: `Message ${message.id} of the queue ${message.queue} ${again}cannot be handled: ${settlement.because.slice(0, 300)}. Replay it by POST /api/dead-letters/${id}/replay once the cause is gone.`,
        data: { deadLetter: id, messageId: message.id },
      },
    }),
  );
}

function afterwards(
  known: DeadLetter | undefined,
  message: BusMessage,
  settlement: Settlement,
  clock: Clock,
): DeadLetter | undefined {
  if (settlement.as === 'handled') return known && settled(known, 'handled');
  return known ? settled(known, 'given-up', settlement.because) : unhandled(message, settlement.because, clock);
}

async function resolveWhenAll(ports: DeadLetterPorts, queue: QueueName): Promise<void> {
  for await (const { letter } of ports.deadLetters.all(['waiting', 'redriven', 'given-up'])) {
    if (letter.message.queue === queue) return;
  }
  const text = `Every dead-lettered message of the queue ${queue} has been handled.`;
  await resolveTrouble(ports, queue, { type: 'incident-resolved', actor: 'lakewarden', text });
}
