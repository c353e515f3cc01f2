// A worker that was held up may have lost its session, and another one may have finished its signal meanwhile, perhaps in another place:
// before it decides where the signal ends, it looks again. Who is quick needs no second look.
import { Conflict } from '../../domain/errors.ts';
import type { Signal } from '../../domain/signals/signal.ts';
import type { SignalPorts } from './ports.ts';

/** Real milliseconds. A lock lasts far longer, but a session is free at once when its connection breaks. */
const QUICK_MS = 1_000;

/** Throws `Conflict` when the signal has an outcome by now. */
export type LookAgain = () => Promise<void>;

/** `since` is when it was last seen to have none. */
export function lookAgainAfter(ports: SignalPorts, signal: Signal, since: Date): LookAgain {
  return async () => {
    // A look that took long is itself too old.
    for (let at = since; ports.clock.now().getTime() - at.getTime() > QUICK_MS; ) {
      at = ports.clock.now();
      const outcome = await ports.signals.get(signal.id);
      if (outcome && outcome.ended !== 'quarantined')
        throw new Conflict('written-meanwhile', `${signal.id} was handled by another worker meanwhile`);
    }
  };
}
