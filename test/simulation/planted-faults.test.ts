// The suite is only worth something if it fails when the core is broken: one deliberately planted fault after the other has to be found.
import { describe, expect, it } from 'vitest';
import { plantedFaults } from './planted-faults.ts';
import { runSchedule } from './schedule.ts';

/** Schedules within which a planted fault has to be found. */
const WITHIN = 400;

describe('a planted fault', () => {
  for (const { name, invariant, plant } of plantedFaults) {
    it(`D3: ${name} violates invariant ${invariant} and is found`, { timeout: 120_000 }, async () => {
      const found = await firstFailing(async (seed) => {
        const { violations } = await runSchedule(seed, { plant });
        return violations.some((violation) => violation.invariant === invariant);
      });
      expect(found, `within ${WITHIN} schedules`).toBeDefined();
    });
  }
});

describe('a schedule', () => {
  it('D3: of one seed is the same to the last await', async () => {
    const [one, other] = [await runSchedule(11, { traced: true }), await runSchedule(11, { traced: true })];
    expect(one.trace.length).toBeGreaterThan(50);
    expect(other.trace).toEqual(one.trace);
  });
});

async function firstFailing(fails: (seed: number) => Promise<boolean>): Promise<number | undefined> {
  for (let seed = 1; seed <= WITHIN; seed += 1) if (await fails(seed)) return seed;
  return undefined;
}
