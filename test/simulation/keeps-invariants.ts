// What the files of schedules share, so that several workers play them at the same time.
import { describe, it } from 'vitest';
import { runSchedule } from './schedule.ts';
import { report, shrink } from './shrink.ts';

const SCHEDULES_PER_TEST = 500;
const LIMIT_MS = 240_000;

/** Throws the first schedule that fails, with its fewest faults and the command that plays it again. */
async function playAll(from: number, count: number): Promise<void> {
  for (let seed = from; seed < from + count; seed += 1) {
    const { violations } = await runSchedule(seed);
    if (violations.length > 0) throw new Error(report(await shrink(seed)));
  }
}

export function keepsInvariants(from: number, count: number): void {
  describe('the core under faults', () => {
    for (let first = from; first < from + count; first += SCHEDULES_PER_TEST) {
      const last = first + SCHEDULES_PER_TEST - 1;
      it(`D3: keeps invariants 1 to 5, 7, 9 and 10 in schedules ${first} to ${last}`, { timeout: LIMIT_MS }, () =>
        playAll(first, SCHEDULES_PER_TEST),
      );
    }
  });
}
