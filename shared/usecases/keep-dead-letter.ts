// Takes one message out of a dead-letter queue: on record first, then on the incident about ourselves, so that nothing is lost between.
import type { SignalOutcome } from '../domain/signals/outcome.ts';
import type { DeadLetter } from '../ports/dead-letter-store.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { type Arrival, arrived, deadLetterId } from './dead-letters/letter.ts';
import { ownSubject, tellTrouble } from './dead-letters/own-incident.ts';
import type { DeadLetterPorts } from './dead-letters/ports.ts';

/** Safe to repeat: an arrival that is delivered twice is one. Throws `Unavailable` or `Conflict`: it stays in its queue. */
export async function keepDeadLetter(ports: DeadLetterPorts, arrival: Arrival): Promise<DeadLetter> {
  const letter = await againOnConflict(ports.clock, () => keep(ports, arrival));
  const { id, redrives, state, because, message } = letter;
  ports.log.error('message dead-lettered', {
    id,
    queue: message.queue,
    messageId: message.id,
    redrives,
    state,
    because,
  });
  if (state === 'waiting' || state === 'given-up') await tell(ports, letter);
  return letter;
}

async function keep(ports: DeadLetterPorts, arrival: Arrival): Promise<DeadLetter> {
  const known = await ports.deadLetters.get(deadLetterId(arrival.message));
  if (known?.letter.arrival === arrival.arrival) return known.letter;
  const { letter } = await ports.deadLetters.put(arrived(known?.letter, arrival, ports.clock), known);
  return letter;
}

async function tell(ports: DeadLetterPorts, letter: DeadLetter): Promise<void> {
  const { message, redrives, because } = letter;
  const givenUp = letter.state === 'given-up';
  const what = `Message ${message.id} of the queue ${message.queue} was dead-lettered (${because})`;
  const text = givenUp
    ? `${what} after ${redrives} tries to send it again: Lakewarden has given up on it. Replay it by POST /api/dead-letters/${letter.id}/replay once the cause is gone.`
    : `${what}: Lakewarden sends it again (try ${redrives + 1}).`;
  const incident = await againOnConflict(ports.clock, () =>
    tellTrouble(ports, {
      queue: message.queue,
      deliveryId: `${letter.id}-${letter.arrival}`,
      isArrival: true,
      givenUp,
      entry: {
        type: givenUp ? 'dead-letter-given-up' : 'dead-letter-kept',
        actor: 'lakewarden',
        text,
        data: { deadLetter: letter.id, messageId: message.id, sessionId: message.sessionId, redrives, because },
      },
    }),
  );
  if (givenUp) await putOnRecord(ports, letter, incident?.id ?? null);
}

/** A signal has to end somewhere (invariant 1): one that was handled after all keeps the outcome that it has. */
async function putOnRecord(ports: DeadLetterPorts, letter: DeadLetter, ticketId: string | null): Promise<void> {
  const { message, because } = letter;
  const known = await ports.signals.get(message.id);
  if (known) return;
  await ports.signals.record(quarantined(ports, letter, ticketId, because));
}

function quarantined(
  ports: DeadLetterPorts,
  letter: DeadLetter,
  ticketId: string | null,
  because: string,
): SignalOutcome {
  const { message } = letter;
  return {
    signalId: message.id,
    decidedAt: ports.clock.now().toISOString(),
    subject: ownSubject(message.queue),
    ticketId,
    errorType: 'LakewardenDeadLetter',
    recoveryStatus: 'failed',
    actionsTaken: [],
    message: 'Lakewarden could not handle this message, however often it tried: it is kept for a person.',
    ended: 'quarantined',
    decisions: [
      { stage: 'dead-letters', decision: 'given-up', because, evidence: { deadLetter: letter.id, body: message.body } },
    ],
  };
}
