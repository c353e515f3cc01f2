// What every SignalStore must do, by the words of its port.
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { SignalStore } from '../../../shared/ports/signal-store.ts';
import { anOutcome } from '../../builders/store-samples.ts';

export function signalStoreContract(name: string, make: () => SignalStore | Promise<SignalStore>): void {
  describe(`SignalStore: ${name}`, () => {
    test('A6: what was never decided is not there', async () => {
      const store = await make();
      expect(await store.get(anOutcome().signalId)).toBeUndefined();
      expect(await store.get("no/such#id?%'")).toBeUndefined();
    });

    test('A6: the last outcome of a signal is the one that is read', async () => {
      const store = await make();
      await store.record(anOutcome({ recoveryStatus: 'queued', ticketId: null, errorType: null }));
      await store.record(anOutcome());
      await store.record(anOutcome({ signalId: 'sig-01HYYYYYYYYYYYYYYYYYYYYYYY', message: 'another' }));
      expect(await store.get(anOutcome().signalId)).toEqual(anOutcome());
    });

    test('A5: an outcome that is recorded once stays, whoever comes later with his own', async () => {
      const store = await make();
      expect(await store.recordOnce(anOutcome())).toEqual(anOutcome());
      expect(await store.recordOnce(anOutcome({ message: 'mine' }))).toEqual(anOutcome());
      expect(await store.get(anOutcome().signalId)).toEqual(anOutcome());
    });

    test('A5: of many who record one at the same time, all are told the same', async () => {
      const store = await make();
      const told = await Promise.all(['a', 'b', 'c', 'd'].map((message) => store.recordOnce(anOutcome({ message }))));
      expect(new Set(told.map(({ message }) => message)).size).toBe(1);
      expect(await store.get(anOutcome().signalId)).toEqual(told[0]);
    });

    test('D3: what was quarantined gives way once it could be handled', async () => {
      const store = await make();
      await store.record(anOutcome({ ended: 'quarantined' }));
      expect(await store.recordOnce(anOutcome())).toEqual(anOutcome());
      expect(await store.get(anOutcome().signalId)).toEqual(anOutcome());
    });

    test('C9: an outcome with much evidence comes back whole', async () => {
      const store = await make();
      const evidence = { text: 'x𝄞é'.repeat(15_000), nested: { list: [1, 'two', null] } };
      const outcome = anOutcome({ decisions: [{ stage: 'classify', decision: 'x', because: 'y', evidence }] });
      await store.record(outcome);
      // Not `toEqual`: a failure would print it all.
      expect(isDeepStrictEqual(await store.get(outcome.signalId), outcome)).toBe(true);
    });
  });
}
