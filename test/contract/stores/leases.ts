// What leases promise: one owner at a time, until the end of the lease or its release.
import { describe, expect, it } from 'vitest';
import type { Leases } from '../../../shared/ports/leases.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 8, minute));

export function leasesContract(where: string, create: () => Leases): void {
  describe(`leases, ${where}`, () => {
    it('B1: of many who want it at once one gets it; the next one after its end', async () => {
      const leases = create();
      const owners = ['a', 'b', 'c', 'd', 'e'];
      const got = await Promise.all(owners.map((owner) => leases.take('poll', owner, at(0), at(5))));
      expect(got.filter((mine) => mine)).toHaveLength(1);
      expect(await leases.take('poll', 'late', at(4), at(9))).toBe(false);
      expect(await leases.take('other', 'late', at(4), at(9))).toBe(true);
      expect(await leases.take('poll', 'late', at(6), at(11))).toBe(true);
    });

    it('B1: its owner renews it; one that ends later than this clock could have said binds nobody', async () => {
      const leases = create();
      expect(await leases.take('poll', 'mine', at(0), at(2))).toBe(true);
      expect(await leases.take('poll', 'mine', at(1), at(3))).toBe(true);
      expect(await leases.take('poll', 'other', at(2), at(4))).toBe(false);
      await leases.take('set-back', 'dead', at(30), at(32));
      expect(await leases.take('set-back', 'other', at(0), at(2))).toBe(true);
    });

    it('B1: its owner gives it back early, nobody else can', async () => {
      const leases = create();
      await leases.take('poll', 'mine', at(0), at(5));
      await leases.release('poll', 'somebody');
      expect(await leases.take('poll', 'next', at(1), at(6))).toBe(false);
      await leases.release('poll', 'mine');
      expect(await leases.take('poll', 'next', at(1), at(6))).toBe(true);
      await leases.release('never-taken', 'mine');
    });
  });
}
