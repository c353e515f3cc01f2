// Takes a normalised signal: the broker has it when this resolves, and not before (A4). May wait for its outcome.
import { Unavailable } from '../domain/errors.ts';
import { sessionIdOf } from '../domain/incidents/subject.ts';
import type { SignalOutcome } from '../domain/signals/outcome.ts';
import type { Signal } from '../domain/signals/signal.ts';
import type { Bus, BusMessage } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { OutcomeBoard, SignalStore } from '../ports/signal-store.ts';

/** More doors than this do not wait at the same time in one process; the next ones answer at once. */
const MAX_WAITING = 200;
/** While more doors than this wait, none of them looks into the store: a flood must not be read as often as it is written. */
const MAX_LOOKING = 20;
/** Pauses between looks into the store, in milliseconds; the last one repeats. Another process may have handled it. */
const PAUSES_MS = [200, 300, 500, 1000] as const;

export interface AcceptPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly board: OutcomeBoard;
  /** undefined while Lakewarden is not configured: signals are taken all the same. */
  readonly signals: SignalStore | undefined;
}

/** Throws `Unavailable` when the broker did not take it. Returns its outcome if that is known within `waitSeconds`. */
export async function acceptSignal(
  ports: AcceptPorts,
  signal: Signal,
  waitSeconds: number,
): Promise<SignalOutcome | undefined> {
  if (waitSeconds <= 0 || ports.board.waiting >= MAX_WAITING) {
    await ports.bus.send([signalMessage(signal)]);
    return undefined;
  }
  const expectation = ports.board.expect(signal.id);
  const giveUp = new AbortController();
  try {
    await ports.bus.send([signalMessage(signal)]);
    const timer = ports.clock.sleep(waitSeconds * 1000, giveUp.signal).then(nothing, nothing);
    return await Promise.race([expectation.outcome, timer, lookInStore(ports, signal.id, giveUp.signal)]);
  } finally {
    giveUp.abort();
    expectation.done();
  }
}

export function signalMessage(signal: Signal): BusMessage {
  return {
    id: signal.id,
    queue: 'signals',
    sessionId: sessionIdOf(signal.rawSubject),
    body: signal,
    correlationId: signal.correlationId,
  };
}

/** A store that does not answer means: not known yet. Ends when aborted. */
async function lookInStore(
  ports: AcceptPorts,
  signalId: string,
  giveUp: AbortSignal,
): Promise<SignalOutcome | undefined> {
  for (let look = 0; ; look += 1) {
    const pause = PAUSES_MS[Math.min(look, PAUSES_MS.length - 1)] ?? 1000;
    try {
      await ports.clock.sleep(pause, giveUp);
      if (ports.board.waiting > MAX_LOOKING) continue;
      const outcome = await ports.signals?.get(signalId);
      if (outcome) return outcome;
    } catch (error) {
      if (giveUp.aborted) return undefined;
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}

function nothing(): undefined {
  return undefined;
}
