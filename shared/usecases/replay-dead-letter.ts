// A person has a dead letter sent again, with a reason (D6). It does not count towards the tries that Lakewarden makes by itself.
import { Refused } from '../domain/errors.ts';
import type { DeadLetter, StoredDeadLetter } from '../ports/dead-letter-store.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { againMessage, sentAgain } from './dead-letters/letter.ts';
import { tellTrouble } from './dead-letters/own-incident.ts';
import type { DeadLetterPorts } from './dead-letters/ports.ts';

export interface ReplayOrder {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
}

/** A second copy does no harm, so one that is on its way may be sent once more. Throws `Refused`: `not-found`, or `illegal-transition` for one that was handled. */
export async function replayDeadLetter(ports: DeadLetterPorts, order: ReplayOrder): Promise<DeadLetter> {
  const { id, by, reason } = order;
  const { letter } = await replayable(ports, id);
  await againOnConflict(ports.clock, () => note(ports, letter, by, reason));
  await ports.bus.send([againMessage(letter)]);
  ports.log.warn('dead letter replayed by hand', { id, by, reason, queue: letter.message.queue });
  return await againOnConflict(ports.clock, () => mark(ports, letter, by));
}

async function replayable(ports: DeadLetterPorts, id: string): Promise<StoredDeadLetter> {
  const known = await ports.deadLetters.get(id);
  if (!known) throw new Refused('not-found', 'There is no dead letter of this id.');
  if (known.letter.state !== 'handled') return known;
  throw new Refused('illegal-transition', 'It has been handled: nothing is left to replay.');
}

/** Sent before it is marked, as by the timer. It may have been handled within this moment: that is the newer word. */
async function mark(ports: DeadLetterPorts, before: DeadLetter, by: string): Promise<DeadLetter> {
  const known = await ports.deadLetters.get(before.id);
  if (!known || known.letter.state !== before.state || known.letter.arrival !== before.arrival)
    return known?.letter ?? before;
  return (await ports.deadLetters.put(sentAgain(known.letter, by), known)).letter;
}

async function note(ports: DeadLetterPorts, letter: DeadLetter, by: string, reason: string): Promise<void> {
  const { message } = letter;
  await tellTrouble(ports, {
    queue: message.queue,
    deliveryId: `${letter.id}-replay-${letter.replays + 1}`,
    isArrival: false,
    givenUp: false,
    entry: {
      type: 'dead-letter-replayed',
      actor: by,
      text: `Message ${message.id} is sent again by hand: ${reason}`,
      data: { deadLetter: letter.id, messageId: message.id, reason },
    },
  });
}
