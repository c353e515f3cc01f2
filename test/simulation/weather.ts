// Faults that last: a system is away for minutes, the clocks of the processes are set.
import type { Book } from './book.ts';
import type { Faults } from './faults.ts';
import type { Machine } from './machine.ts';

const MINUTE = 60_000;
const LONGEST_OUTAGE_MS = 5 * MINUTE;
const LARGEST_JUMP_MS = 10 * MINUTE;

export interface WeatherParts {
  readonly machine: Machine;
  readonly faults: Faults;
  readonly book: Book;
  trace(line: () => string): void;
}

/** One minute's weather. */
export function weather(parts: WeatherParts): void {
  for (const system of ['store', 'bus', 'workspace', 'channel'] as const) {
    if (parts.faults.strikes(`${system}-outage`)) goAway(parts, system);
  }
  // A lease is told by our own clocks: nobody sets them while somebody may be acting (README.md, what is assumed).
  if (!parts.machine.mayAct && parts.faults.strikes('clock-jump')) setClocks(parts);
}

function goAway({ machine, faults, book, trace }: WeatherParts, system: string): void {
  const awayMs = faults.between(10_000, LONGEST_OUTAGE_MS);
  machine.awayUntil.set(system, machine.clock.trueMs + awayMs);
  book.excuse(2 * awayMs + MINUTE);
  trace(() => `the world: the ${system} is away for ${Math.round(awayMs / 1000)} s`);
}

function setClocks({ machine, faults, book, trace }: WeatherParts): void {
  const jumpMs = faults.between(-LARGEST_JUMP_MS, LARGEST_JUMP_MS);
  machine.clock.jumpMs = jumpMs;
  book.excuse(2 * Math.abs(jumpMs));
  trace(() => `the world: the clocks of the processes are wrong by ${Math.round(jumpMs / 1000)} s`);
}
