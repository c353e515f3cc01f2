// What every SubjectStore must do, by the words of its port.
import { beforeEach, describe, expect, test } from 'vitest';
import { Conflict } from '../../../shared/domain/errors.ts';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import type { SubjectStore } from '../../../shared/ports/incident-store.ts';

const subject = 'cluster/databricks-dev/0424-035941-pl8ku9sr';
const pointer = { subject, incidentId: ticketId('20261120', 1), failureKey: 'key-1' };

export function subjectStoreContract(name: string, make: () => SubjectStore | Promise<SubjectStore>): void {
  describe(`SubjectStore: ${name}`, () => {
    let store: SubjectStore;
    beforeEach(async () => {
      store = await make();
    });

    test('A5: a subject that never failed has no pointer', async () => {
      expect(await store.get(subject)).toBeUndefined();
    });

    test('A5: what was set is read back, and can be set again on that basis', async () => {
      const first = await store.set(pointer, undefined);
      expect(await store.get(subject)).toEqual(first);
      const change = { ...pointer, incidentId: ticketId('20261120', 2), previousIncidentId: pointer.incidentId };
      const second = await store.set(change, first);
      expect(second).toEqual({ ...change, etag: second.etag });
      expect(await store.get(subject)).toEqual(second);
    });

    test('D4: a reservation for reopening is kept, and gone when it is left out', async () => {
      const reserved = await store.set({ ...pointer, reopening: pointer.incidentId }, undefined);
      expect((await store.get(subject))?.reopening).toBe(pointer.incidentId);
      const free = await store.set(pointer, reserved);
      expect(await store.get(subject)).toEqual(free);
      expect(free).not.toHaveProperty('reopening');
    });

    test('A5: of ten that set the first pointer at once, one wins', async () => {
      const tries = Array.from({ length: 10 }, (_, place) => ({
        ...pointer,
        incidentId: ticketId('20261120', place + 1),
      }));
      const results = await Promise.allSettled(tries.map((each) => store.set(each, undefined)));
      const winners = results.filter((result) => result.status === 'fulfilled').map((result) => result.value);
      const losers = results.filter((result) => result.status === 'rejected').map((result) => result.reason);
      expect(winners).toEqual([await store.get(subject)]);
      expect(losers.every((reason) => reason instanceof Conflict)).toBe(true);
    });

    test('A5: a pointer that was set meanwhile is not overwritten', async () => {
      const basis = await store.set(pointer, undefined);
      const newer = await store.set({ ...pointer, failureKey: 'key-2' }, basis);
      await expect(store.set({ ...pointer, failureKey: 'key-3' }, basis)).rejects.toBeInstanceOf(Conflict);
      expect(await store.get(subject)).toEqual(newer);
    });

    test('A5: subjects may hold any characters, and are told apart', async () => {
      const odd = ["cluster/a/b#c?d\\e%f'g", 'cluster/ä/𝄞', `cluster/${'x'.repeat(3_000)}`, 'Cluster/databricks-dev/1'];
      for (const each of odd) await store.set({ ...pointer, subject: each, failureKey: each }, undefined);
      const read = await Promise.all(odd.map((each) => store.get(each)));
      expect(read.map((each) => each?.failureKey)).toEqual(odd);
      expect(await store.get('cluster/databricks-dev/1')).toBeUndefined();
    });
  });
}
