// What every DeadLetterStore must do, by the words of its port.
import { beforeEach, describe, expect, test } from 'vitest';
import { Conflict, InvalidInput } from '../../../shared/domain/errors.ts';
import type { DeadLetter, DeadLetterStore } from '../../../shared/ports/dead-letter-store.ts';
import { AT, aBusMessage } from '../../builders/store-samples.ts';

function aDeadLetter(change: Partial<DeadLetter> = {}): DeadLetter {
  return {
    schemaVersion: 1,
    id: 'dl-0001',
    message: aBusMessage({ body: { text: "it's 𝄞" } }),
    state: 'waiting',
    because: 'MaxDeliveryCountExceeded',
    redrives: 0,
    replays: 0,
    arrival: 'n1',
    firstAt: AT,
    lastAt: AT,
    dueAt: AT,
    ...change,
  };
}

export function deadLetterStoreContract(name: string, make: () => DeadLetterStore): void {
  describe(`DeadLetterStore: ${name}`, () => {
    let store: DeadLetterStore;
    beforeEach(() => {
      store = make();
    });

    test('D6: what was never kept is not there', async () => {
      expect(await store.get('dl-none')).toBeUndefined();
      expect(await store.get("no/such#id?%'")).toBeUndefined();
      expect(await store.list(['waiting'], 10)).toEqual({ letters: [] });
      expect(await all(store)).toEqual([]);
    });

    test('D6: a letter comes back whole, and in its newest state', async () => {
      const first = await store.put(aDeadLetter(), undefined);
      expect(await store.get('dl-0001')).toEqual(first);
      const { dueAt: _, ...sent } = aDeadLetter({ state: 'redriven', redrives: 1 });
      const second = await store.put(sent, first);
      expect(await store.get('dl-0001')).toEqual(second);
      expect(second.letter.dueAt).toBeUndefined();
    });

    test('D3: of two writers one wins, the other conflicts', async () => {
      const results = await Promise.allSettled(
        [1, 2, 3].map((redrives) => store.put(aDeadLetter({ redrives }), undefined)),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const basis = await store.get('dl-0001');
      await store.put(aDeadLetter({ redrives: 5 }), basis);
      await expect(store.put(aDeadLetter({ redrives: 6 }), basis)).rejects.toBeInstanceOf(Conflict);
      await expect(store.put(aDeadLetter({ id: 'dl-0002' }), basis)).rejects.toBeInstanceOf(Conflict);
      expect((await store.get('dl-0001'))?.letter.redrives).toBe(5);
    });

    test('D6: the list has those of the states asked for, page by page', async () => {
      const states = ['waiting', 'handled', 'given-up', 'redriven', 'waiting'] as const;
      for (const [at, state] of states.entries()) await store.put(aDeadLetter({ id: `dl-000${at}`, state }), undefined);
      const open = ['waiting', 'redriven', 'given-up'] as const;
      const first = await store.list(open, 3);
      const second = await store.list(open, 3, first.continuation);
      expect([first, second].map(({ letters }) => letters.map(({ id }) => id))).toEqual([
        ['dl-0000', 'dl-0002', 'dl-0003'],
        ['dl-0004'],
      ]);
      expect(second.continuation).toBeUndefined();
      expect((await store.list(['handled'], 10)).letters.map(({ id }) => id)).toEqual(['dl-0001']);
      expect(await all(store)).toEqual(['dl-0000', 'dl-0004']);
    });

    test('D6: what is no continuation of this list is refused as input', async () => {
      for (const wrong of ['', 'x y', "' or true", Buffer.from("a' or 'b").toString('base64url')]) {
        await expect(store.list(['waiting'], 1, wrong)).rejects.toBeInstanceOf(InvalidInput);
      }
    });
  });
}

async function all(store: DeadLetterStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const { letter } of store.all(['waiting'])) ids.push(letter.id);
  return ids;
}
