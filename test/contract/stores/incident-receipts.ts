// What every IncidentStore must do about receipts, by the words of its port.
import { describe, expect, test } from 'vitest';
import { versionOf } from '../../../shared/domain/incidents/version.ts';
import type { Change, CommitResult, IncidentFile, IncidentStore } from '../../../shared/ports/incident-store.ts';
import { anIncident } from '../../builders/incident.ts';
import { AT, aBusMessage, anAttempt, anEvent, anOpening, aRun, aStep } from '../../builders/store-samples.ts';

const ID = anIncident().id;

export function incidentReceiptsContract(name: string, make: () => IncidentStore | Promise<IncidentStore>): void {
  describe(`IncidentStore, receipts: ${name}`, () => {
    test('D3: a receipt holds the records as its commit left them, however the incident goes on', async () => {
      const store = await make();
      const first = committed(await store.commit(aFullOpening()));
      const ordered = committed(await store.commit(anOrder(first, 'op-1')));
      committed(await store.commit({ ...next(ordered), runs: [aRun({ revision: 9 })] }));
      const receipt = await store.receipt(ID, 'op-1');
      const { etag: _, outbox: __, ...records } = ordered;
      expect(receipt).toEqual({ fingerprint: 'fingerprint of op-1', records });
      expect(receipt && versionOf(receipt.records)).toBe(versionOf(ordered));
    });

    test('D3: the version of what a commit gave back is that of what a load finds', async () => {
      const store = await make();
      const file = committed(await store.commit(aFullOpening()));
      const loaded = await store.load(ID);
      expect(loaded && versionOf(loaded)).toBe(versionOf(file));
    });

    test('D3: no receipt without an order, none of a change that was not committed, and none twice', async () => {
      const store = await make();
      const first = committed(await store.commit(anOpening({ deliveryId: 'sig-1' })));
      committed(await store.commit(next(first)));
      await expect(store.commit(anOrder(first, 'op-1'))).rejects.toThrow();
      expect(await store.receipt(ID, 'op-1')).toBeUndefined();
      expect(await store.receipt(ID, 'sig-1')).toBeUndefined();
      const file = await store.load(ID);
      if (!file) throw new Error('gone');
      const ordered = committed(await store.commit(anOrder(file, 'op-1')));
      expect(await store.commit(anOrder(ordered, 'op-1'))).toMatchObject({
        committed: false,
        because: 'handled-before',
      });
      expect((await store.receipt(ID, 'op-1'))?.records.incident.lastEventSeq).toBe(ordered.incident.lastEventSeq);
    });
  });
}

function anOrder(basis: IncidentFile, deliveryId: string): Change {
  return { ...next(basis), deliveryId, receiptFor: `fingerprint of ${deliveryId}` };
}

function next(basis: IncidentFile): Change {
  return { basis, incident: basis.incident, events: [anEvent({ type: 'comment' })], at: AT };
}

function committed(result: CommitResult): IncidentFile {
  if (!result.committed) throw new Error(`not committed: ${result.because}`);
  return result.file;
}

function aFullOpening(): Change {
  return anOpening({
    runs: [aRun()],
    steps: [aStep(), aStep({ position: 2 })],
    attempts: [anAttempt({ number: 2 }), anAttempt({ outcome: 'acted' })],
    outbox: [aBusMessage()],
  });
}
