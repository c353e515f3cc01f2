// What every store must do about purging, by the words of the ports: run on the in-memory twins and on the real tables.
import { beforeEach, describe, expect, test } from 'vitest';
import { closedBreaker } from '../../../shared/domain/breakers/breaker.ts';
import { Conflict } from '../../../shared/domain/errors.ts';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import type { DeadLetter, DeadLetterStore } from '../../../shared/ports/dead-letter-store.ts';
import type { BreakerStore } from '../../../shared/ports/gate-store.ts';
import type {
  IncidentFile,
  IncidentIndex,
  IncidentStore,
  SubjectStore,
  TicketCounter,
} from '../../../shared/ports/incident-store.ts';
import type { SignalStore } from '../../../shared/ports/signal-store.ts';
import { anIncident } from '../../builders/incident.ts';
import { AT, aBusMessage, anAttempt, anOpening, anOutcome, aRun, aStep } from '../../builders/store-samples.ts';
import { committed, next } from './incident-store.ts';

export interface PurgeableStores {
  readonly incidents: IncidentStore;
  readonly index: IncidentIndex;
  readonly subjects: SubjectStore;
  readonly signals: SignalStore;
  readonly deadLetters: DeadLetterStore;
  readonly breakers: BreakerStore;
  readonly tickets: TicketCounter;
}

const ID = anIncident().id;
const OTHER = ticketId('20261120', 2);

export function purgingContract(name: string, make: () => PurgeableStores): void {
  describe(`purging: ${name}`, () => {
    let stores: PurgeableStores;
    beforeEach(() => {
      stores = make();
    });

    test('D2: a purged partition is gone with every row, and another one is as it was', async () => {
      const { incidents } = stores;
      const other = committed(await incidents.commit(anOpening({ incident: anIncident({ id: OTHER }) })));
      const file = await aFullIncident(incidents);
      await purgeWhole(incidents, file);
      expect(await incidents.load(ID)).toBeUndefined();
      expect(await incidents.timeline(ID)).toEqual([]);
      expect(await incidents.hasHandled(ID, 'delivery-1')).toBe(false);
      expect(await incidents.receipt(ID, 'order')).toBeUndefined();
      expect(await collected(incidents.outcomes(ID))).toEqual([]);
      expect(await incidents.load(OTHER)).toEqual(other);
      expect((await collected(incidents.all())).map(({ id }) => id)).toEqual([OTHER]);
      expect(await incidents.purge(file), 'what is not there is gone').toBe('gone');
    });

    test('D3: while more is left the incident can still be loaded, so that a purge that died is taken up again', async () => {
      const { incidents } = stores;
      let file = await aFullIncident(incidents);
      // More rows than a page.
      for (let commit = 0; commit < 12; commit += 1) file = committed(await incidents.commit(manyEvents(file)));
      expect(await incidents.purge(file)).toBe('more');
      expect((await incidents.load(ID))?.incident).toEqual(file.incident);
      expect((await incidents.load(ID))?.etag).toBe(file.etag);
      await purgeWhole(incidents, file);
      expect(await incidents.load(ID)).toBeUndefined();
    });

    test('D3: what was written since it was read is not purged to its end', async () => {
      const { incidents } = stores;
      const file = await aFullIncident(incidents);
      const written = committed(await incidents.commit(next(file)));
      await expect(purgeWhole(incidents, file)).rejects.toBeInstanceOf(Conflict);
      expect((await incidents.load(ID))?.incident).toEqual(written.incident);
    });

    test('D3: a commit on top of what was purged conflicts and brings nothing back', async () => {
      const { incidents } = stores;
      const file = await aFullIncident(incidents);
      await purgeWhole(incidents, file);
      await expect(incidents.commit({ ...next(file), deliveryId: 'late' })).rejects.toBeInstanceOf(Conflict);
      expect(await incidents.load(ID)).toBeUndefined();
      expect(await incidents.hasHandled(ID, 'late')).toBe(false);
    });

    test('D2: the list tells which incidents were closed before an instant, and forgets one for good', async () => {
      const { index } = stores;
      const at = (hour: number) => `2026-11-2${hour}T08:00:00.000Z`;
      const closed = (number: number, openedAt: string, closedAt: string) =>
        anIncident({ id: ticketId('20261120', number), openedAt, closedAt, state: 'closed', lastEventSeq: 3 });
      const old = closed(1, at(1), at(2));
      await index.refresh(old);
      await index.refresh(closed(2, at(1), at(5)));
      await index.refresh(closed(3, at(4), at(5)));
      await index.refresh(anIncident({ id: ticketId('20261120', 4), openedAt: at(0), state: 'resolved' }));
      expect(await collected(index.closedBefore(at(3)))).toEqual([{ id: old.id, openedAt: old.openedAt }]);
      expect(await collected(index.closedBefore(at(2))), 'closed at that very instant is not before it').toEqual([]);
      await index.forget(old);
      await index.forget(old);
      expect(await collected(index.closedBefore(at(3)))).toEqual([]);
      expect((await index.list({}, 10)).incidents).toHaveLength(3);
    });

    test('D1: a pointer says that its incident was purged, until it is set to another one', async () => {
      const { subjects } = stores;
      const pointer = { subject: 'cluster/databricks-dev/1', incidentId: ID, failureKey: 'key-1' };
      const first = await subjects.set({ ...pointer, incidentPurged: true }, undefined);
      expect(await subjects.get(pointer.subject)).toEqual(first);
      expect(first.incidentPurged).toBe(true);
      await subjects.set({ ...pointer, incidentId: OTHER }, first);
      expect(await subjects.get(pointer.subject)).not.toHaveProperty('incidentPurged');
    });

    test('A6: old outcomes are found wherever the reader begins, and removed unless they were recorded again', async () => {
      const { signals } = stores;
      const names = ['0a', '3b', '7c', 'cd', 'ff'].map((start) => `sig-${start.padEnd(32, '0')}`);
      for (const signalId of [...names, 'run-RCA-20261120-001-1']) await signals.record(anOutcome({ signalId }));
      await signals.record(anOutcome({ signalId: 'sig-young', decidedAt: '2026-11-21T08:00:00.000Z' }));
      for (const from of [0, 0.3, 0.99, 1]) {
        const found = (await collected(signals.decidedBefore('2026-11-21T08:00:00.000Z', from))).flat();
        expect(found.map(({ signalId }) => signalId).sort()).toEqual(['run-RCA-20261120-001-1', ...names]);
      }
      const old = (await collected(signals.decidedBefore('2026-11-21T00:00:00.000Z', 0.5))).flat();
      await signals.record(anOutcome({ signalId: names[2] ?? '', message: 'recorded again' }));
      for (const outcome of [...old, ...old]) await signals.remove(outcome);
      const left = await Promise.all([...names, 'sig-young'].map((signalId) => signals.get(signalId)));
      expect(left.map((outcome) => outcome?.signalId)).toEqual([
        undefined,
        undefined,
        names[2],
        undefined,
        undefined,
        'sig-young',
      ]);
    });

    test('D6: a dead letter is removed as it was read, and not when it was changed since', async () => {
      const { deadLetters } = stores;
      const letter: DeadLetter = {
        ...{ schemaVersion: 1, id: 'dl-0001', message: aBusMessage(), state: 'handled', because: 'x' },
        ...{ redrives: 0, replays: 0, arrival: 'n1', firstAt: AT, lastAt: AT },
      };
      const first = await deadLetters.put(letter, undefined);
      const second = await deadLetters.put({ ...letter, redrives: 1 }, first);
      await expect(deadLetters.remove(first)).rejects.toBeInstanceOf(Conflict);
      expect(await deadLetters.get('dl-0001')).toEqual(second);
      await deadLetters.remove(second);
      await deadLetters.remove(second);
      expect(await deadLetters.get('dl-0001')).toBeUndefined();
    });

    test('E4: a breaker that was removed is one that was never written; one that was changed since stays', async () => {
      const { breakers } = stores;
      const none = await breakers.get('class', 'DatabricksUnknown');
      const failures = [{ run: 'RCA-20261120-001/1', at: AT }];
      const first = await breakers.set(none, closedBreaker);
      const second = await breakers.set(first, { state: 'closed', failures });
      await expect(breakers.remove(first)).rejects.toBeInstanceOf(Conflict);
      expect(await breakers.list()).toHaveLength(1);
      await breakers.remove(second);
      await breakers.remove(second);
      expect(await breakers.get('class', 'DatabricksUnknown')).toEqual(none);
    });

    test('D1: days before one are forgotten, that day and later ones count on', async () => {
      const { tickets } = stores;
      for (const day of ['20251115', '20251116', '20251117']) await tickets.next(day);
      await tickets.forgetBefore('20251117');
      expect(await tickets.next('20251117')).toBe(2);
    });
  });
}

/** With a row of every kind. */
async function aFullIncident(incidents: IncidentStore): Promise<IncidentFile> {
  const outcome = anOutcome();
  const opening = anOpening({
    ...{ runs: [aRun()], steps: [aStep()], attempts: [anAttempt()], outbox: [aBusMessage()] },
    ...{ deliveryId: 'delivery-1', outcome },
  });
  const file = committed(await incidents.commit(opening));
  return committed(await incidents.commit({ ...next(file), deliveryId: 'order', receiptFor: 'fingerprint' }));
}

function manyEvents(basis: IncidentFile) {
  const change = next(basis);
  const events = Array.from({ length: 85 }, () => change.events).flat();
  return { ...change, events };
}

async function purgeWhole(incidents: IncidentStore, file: IncidentFile): Promise<void> {
  while ((await incidents.purge(file)) === 'more');
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
