// A person has a dead letter sent again, with a reason (D6). It does not count towards the tries that Lakewarden makes by itself.
import { Refused } from '../domain/errors.ts';
import type { DeadLetter } from '../ports/dead-letter-store.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { againMessage, sentAgain } from './dead-letters/letter.ts';
import { tellTrouble } from './dead-letters/own-incident.ts';
import type { DeadLetterPorts } from './dead-letters/ports.ts';

export interface ReplayOrder {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
}

/**
 * Marked before it is sent, so that what becomes of it is the later word. Should the sending fail, the person is told and may order it
 * again: a second copy does no harm. Throws `Refused`: `not-found`, or `illegal-transition` for one that was handled.
 */
export async function replayDeadLetter(ports: DeadLetterPorts, { id, by, reason }: ReplayOrder): Promise<DeadLetter> {
  const letter = await againOnConflict(ports.clock, () => mark(ports, id, by));
  await againOnConflict(ports.clock, () => note(ports, letter, by, reason));
  await ports.bus.send([againMessage(letter)]);
  ports.log.warn('dead letter replayed by hand', { id, by, reason, queue: letter.message.queue });
  return letter;
}

async function mark(ports: DeadLetterPorts, id: string, by: string): Promise<DeadLetter> {
  const known = await ports.deadLetters.get(id);
  if (!known) throw new Refused('not-found', 'There is no dead letter of this id.');
  if (known.letter.state === 'handled')
    throw new Refused('illegal-transition', 'It has been handled: nothing is left to replay.');
  return (await ports.deadLetters.put(sentAgain(known.letter, by), known)).letter;
}

async function note(ports: DeadLetterPorts, letter: DeadLetter, by: string, reason: string): Promise<void> {
  const { message } = letter;
  await tellTrouble(ports, {
    queue: message.queue,
    deliveryId: `${letter.id}-replay-${letter.replays}`,
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
