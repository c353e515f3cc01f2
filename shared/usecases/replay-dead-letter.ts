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

/** Throws `Refused`: `not-found`, or `illegal-transition` for one that is on its way or was handled. */
export async function replayDeadLetter(ports: DeadLetterPorts, { id, by, reason }: ReplayOrder): Promise<DeadLetter> {
  return await againOnConflict(ports.clock, async () => {
    const known = await ports.deadLetters.get(id);
    if (!known) throw new Refused('not-found', 'There is no dead letter of this id.');
    const { letter } = known;
    if (letter.state === 'handled')
      throw new Refused('illegal-transition', 'It has been handled: nothing is left to replay.');
    if (letter.state === 'redriven')
      throw new Refused('illegal-transition', 'It has been sent again and is on its way.');
    await note(ports, letter, by, reason);
    await ports.bus.send([againMessage(letter)]);
    const { letter: sent } = await ports.deadLetters.put(sentAgain(letter, by), known);
    ports.log.warn('dead letter replayed by hand', { id, by, reason, queue: letter.message.queue });
    return sent;
  });
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
