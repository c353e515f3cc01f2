// What every BodyStore must do, by the words of its port.
import { describe, expect, test } from 'vitest';
import type { BodyStore } from '../../../shared/ports/body-store.ts';

export function bodyStoreContract(name: string, make: () => BodyStore | Promise<BodyStore>): void {
  describe(`BodyStore: ${name}`, () => {
    test('A8: what was never kept is not there', async () => {
      expect(await (await make()).get('sig-none')).toBeUndefined();
    });

    test('A8: bytes come back as they were, also none and many', async () => {
      const store = await make();
      const bodies = [new Uint8Array(), Uint8Array.from([0, 255, 128, 10]), new Uint8Array(300 * 1024).fill(7)];
      for (const [place, body] of bodies.entries()) await store.put(`signals/2026/sig-${place}.json`, body);
      const read = await Promise.all(bodies.map((_, place) => store.get(`signals/2026/sig-${place}.json`)));
      expect(read).toEqual(bodies);
    });

    test('A8: writing the same name again is fine', async () => {
      const store = await make();
      await Promise.all([1, 1, 1].map((byte) => store.put('sig-same', Uint8Array.from([byte]))));
      await store.put('sig-same', Uint8Array.from([2]));
      expect(await store.get('sig-same')).toEqual(Uint8Array.from([2]));
    });
  });
}
