// A worker that was held up may have lost its session, and another one may have finished its signal meanwhile, perhaps in another place:
// before it decides where the signal ends, it looks again. Who is quick needs no second look.
import { Conflict } from '../../domain/errors.ts';
import type { Signal } from '../../domain/signals/signal.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SignalPorts } from './ports.ts';

/** Real milliseconds. A lock lasts far longer, but a session is free at once when its connection breaks. */
const QUICK_MS = 1_000;

/** Throws `Conflict` when the signal has an outcome by now. */
export type LookAgain = () => Promise<void>;

/** How long ago it was started, in real milliseconds. */
export type Stopwatch = () => number;

/** By the clock that nobody sets: one that was set back while the worker stood still would make a long time of it a short one. */
export function started(clock: Clock): Stopwatch {
  const [time, elapsed] = [clock.now().getTime(), clock.elapsedMilliseconds()];
  // That one may stand still while the machine sleeps, so the time of day is asked as well.
  return () => Math.max(clock.now().getTime() - time, clock.elapsedMilliseconds() - elapsed);
}

/** `sinceLook` was started before it was last seen to have none. */
export function lookAgainAfter(ports: SignalPorts, signal: Signal, sinceLook: Stopwatch): LookAgain {
  return async () => {
    // A look that took long is itself too old.
    for (let since = sinceLook; since() > QUICK_MS; ) {
      since = started(ports.clock);
      const outcome = await ports.signals.get(signal.id);
      if (outcome && outcome.ended !== 'quarantined')
        throw new Conflict('written-meanwhile', `${signal.id} was handled by another worker meanwhile`);
    }
  };
}
