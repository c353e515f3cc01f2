// What every AnchorStore must do, by the words of its port.
import { describe, expect, test } from 'vitest';
import type { AnchorStore } from '../../../shared/ports/anchor-store.ts';

export function anchorStoreContract(name: string, make: () => AnchorStore): void {
  describe(`AnchorStore: ${name}`, () => {
    test('D2: a day that was never anchored has no anchor', async () => {
      expect(await make().get('2026-11-20')).toBeUndefined();
    });

    test('D2: the first anchor of a day stays, whoever writes another one', async () => {
      const store = make();
      expect(await store.create('2026-11-20', Uint8Array.from([1, 2]))).toBe('created');
      expect(await store.create('2026-11-20', Uint8Array.from([3]))).toBe('there-already');
      expect(await store.get('2026-11-20')).toEqual(Uint8Array.from([1, 2]));
      expect(await store.create('2026-11-21', Uint8Array.from([4]))).toBe('created');
    });

    test('D2: of many writers at once exactly one creates it', async () => {
      const store = make();
      const answers = await Promise.all(
        [1, 2, 3, 4].map((byte) => store.create('2026-11-20', Uint8Array.from([byte]))),
      );
      expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
      const kept = await store.get('2026-11-20');
      expect(kept).toEqual(Uint8Array.from([answers.indexOf('created') + 1]));
    });
  });
}
