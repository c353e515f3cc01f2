// The life of a dead letter as pure decisions: when it may be sent again, and when that has been enough.
import { hashOf } from '../../domain/ids.ts';
import type { BusMessage } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeadLetter } from '../../ports/dead-letter-store.ts';

/** Seconds of operations before it is sent again the first time, the second, ...: after the last one it is a person's. */
export const REDRIVE_AFTER_SECONDS = [60, 300, 900, 3600, 4 * 3600] as const;

/** A message as it came out of a dead-letter queue. */
export interface Arrival {
  readonly message: BusMessage;
  /** The broker's number of this arrival. */
  readonly arrival: string;
  readonly because: string;
}

export function deadLetterId(message: Pick<BusMessage, 'queue' | 'id'>): string {
  return `dl-${hashOf(`${message.queue}|${message.id}`, 32)}`;
}

/** The letter after an arrival. Its redrives are never counted anew: what keeps coming back is poison, whatever happened between. */
export function arrived(
  known: DeadLetter | undefined,
  { message, arrival, because }: Arrival,
  clock: Clock,
): DeadLetter {
  const now = clock.now().toISOString();
  const redrives = known?.redrives ?? 0;
  const base = {
    schemaVersion: 1 as const,
    id: deadLetterId(message),
    message,
    because,
    redrives,
    replays: known?.replays ?? 0,
    arrival,
    firstAt: known?.firstAt ?? now,
    lastAt: now,
    ...(known?.replayedBy === undefined ? {} : { replayedBy: known.replayedBy }),
  };
  const delay = REDRIVE_AFTER_SECONDS[redrives];
  if (delay === undefined) return { ...base, state: 'given-up' };
  return { ...base, state: 'waiting', dueAt: clock.after(delay).toISOString() };
}

/** It came by no dead-letter queue: whoever took it cannot handle it, and sending it again by ourselves would change nothing. */
export function unhandled(message: BusMessage, because: string, clock: Clock): DeadLetter {
  const now = clock.now().toISOString();
  const id = deadLetterId(message);
  const times = { firstAt: now, lastAt: now };
  return {
    schemaVersion: 1,
    id,
    message,
    state: 'given-up',
    because,
    redrives: 0,
    replays: 0,
    arrival: 'none',
    ...times,
  };
}

/** It has been sent again; by hand does not count. */
export function sentAgain(letter: DeadLetter, by?: string): DeadLetter {
  const { dueAt: _past, ...rest } = letter;
  return by === undefined
    ? { ...rest, state: 'redriven', redrives: letter.redrives + 1 }
    : { ...rest, state: 'redriven', replays: letter.replays + 1, replayedBy: by };
}

export function settled(letter: DeadLetter, state: 'handled' | 'given-up', because?: string): DeadLetter {
  const { dueAt: _past, ...rest } = letter;
  return { ...rest, state, ...(because === undefined ? {} : { because }) };
}

/** As it is sent again: at once, and marked, so that whoever handles it says what became of it. */
export function againMessage({ message, redrives, replays }: DeadLetter): BusMessage {
  const { dueAt: _past, ...rest } = message;
  return { ...rest, redrive: redrives + replays };
}
