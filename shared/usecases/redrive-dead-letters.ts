// Sends dead letters again once they are due and we are healthy: a bounded number of times each, and not all at once.
import { Conflict, LakewardenError } from '../domain/errors.ts';
import type { StoredDeadLetter } from '../ports/dead-letter-store.ts';
import { againMessage, sentAgain } from './dead-letters/letter.ts';
import type { DeadLetterPorts } from './dead-letters/ports.ts';

/** More than this in one pass would be a storm of our own making; the rest follows in the next one. */
const MOST_AT_ONCE = 100;

export interface Redrive {
  readonly due: number;
  readonly sent: number;
  readonly healthy: boolean;
}

export async function redriveDeadLetters(ports: DeadLetterPorts): Promise<Redrive> {
  const due = await dueLetters(ports);
  if (due.length === 0) return { due: 0, sent: 0, healthy: true };
  const healthy = await isHealthy(ports);
  let sent = 0;
  for (const stored of healthy ? due : []) sent += await sendAgain(ports, stored);
  ports.log.warn('dead letters sent again', { due: due.length, sent, healthy });
  return { due: due.length, sent, healthy };
}

async function dueLetters(ports: DeadLetterPorts): Promise<StoredDeadLetter[]> {
  const now = ports.clock.now().toISOString();
  const due: StoredDeadLetter[] = [];
  for await (const stored of ports.deadLetters.all(['waiting'])) {
    if ((stored.letter.dueAt ?? now) <= now) due.push(stored);
    if (due.length === MOST_AT_ONCE) break;
  }
  return due;
}

/** The store of dead letters has just answered; the others and the broker are asked. */
async function isHealthy(ports: DeadLetterPorts): Promise<boolean> {
  try {
    await Promise.all([
      ports.bus.ping(),
      ports.signals.get('sig-00000000000000000000'),
      ports.subjects.get('lakewarden'),
    ]);
    return true;
  } catch (error) {
    if (error instanceof LakewardenError) return false;
    throw error;
  }
}

/** Sent before it is marked: a crash between the two sends it twice, which every handler bears; the other way round would lose it. */
async function sendAgain(ports: DeadLetterPorts, stored: StoredDeadLetter): Promise<0 | 1> {
  const sent = sentAgain(stored.letter);
  await ports.bus.send([againMessage(sent)]);
  try {
    await ports.deadLetters.put(sent, stored);
  } catch (error) {
    // Handled, or dead-lettered anew, within this moment: that is the newer word.
    if (!(error instanceof Conflict)) throw error;
  }
  return 1;
}
