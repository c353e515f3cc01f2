// What every TicketCounter must do, by the words of its port.
import { describe, expect, test } from 'vitest';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import type { TicketCounter } from '../../../shared/ports/incident-store.ts';

/** `make` gives two counters over the same store, as two processes have them. */
export function ticketCounterContract(
  name: string,
  make: () => Promise<readonly [TicketCounter, TicketCounter]>,
): void {
  describe(`TicketCounter: ${name}`, () => {
    test('D1: numbers of a day begin at 1 and ascend; each day has its own', async () => {
      const [counter] = await make();
      const numbers = [await counter.next('20261120'), await counter.next('20261120'), await counter.next('20261121')];
      expect(numbers).toEqual([1, 2, 1]);
    });

    test('D1: 100 numbers asked for at once are unique and ascend in the order of asking', async () => {
      const [counter] = await make();
      const numbers = await Promise.all(Array.from({ length: 100 }, () => counter.next('20261120')));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(new Set(numbers).size).toBe(100);
      expect(await counter.next('20261120')).toBeGreaterThan(Math.max(...numbers));
    });

    test('D1: two processes never give out the same number, and both ascend', async () => {
      const counters = await make();
      const series = await Promise.all(counters.map((counter) => inTurns(counter, 10, 10)));
      const all = series.flat();
      expect(new Set(all).size).toBe(200);
      for (const numbers of series) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    });

    test('D1: the 1000th ticket of a day widens to four digits', async () => {
      const [counter] = await make();
      const numbers = await Promise.all(Array.from({ length: 1_001 }, () => counter.next('20261120')));
      const last = Math.max(...numbers);
      expect(last).toBeGreaterThanOrEqual(1_001);
      expect(ticketId('20261120', last)).toMatch(/^RCA-20261120-\d{4}$/);
    });
  });
}

/** `turns` times `width` at once. */
async function inTurns(counter: TicketCounter, turns: number, width: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    numbers.push(...(await Promise.all(Array.from({ length: width }, () => counter.next('20261120')))));
  }
  return numbers;
}
