// The real stores when the answer to a write is lost: what was applied is known to be ours, and has one effect.
import { describe, expect, test } from 'vitest';
import { TableIncidentIndex } from '../../shared/adapters/table-storage/table-incident-index.ts';
import { TableIncidentStore } from '../../shared/adapters/table-storage/table-incident-store.ts';
import { TableSubjectStore } from '../../shared/adapters/table-storage/table-subject-store.ts';
import { TableTicketCounter } from '../../shared/adapters/table-storage/table-ticket-counter.ts';
import { verifyChain } from '../../shared/domain/incidents/timeline.ts';
import { anIncident } from '../builders/incident.ts';
import { until } from '../builders/processes.ts';
import { aBusMessage, anOpening } from '../builders/store-samples.ts';
import { systemClock } from '../builders/system-clock.ts';
import { committed, next } from './stores/incident-store.ts';
import { aStage, secondsUntilUnavailable, withStorageAccount } from './stores/stage.ts';

const ID = anIncident().id;
const TRANSACTION = /\$batch/;
const ALWAYS = 1_000;

withStorageAccount();

describe('an answer that was lost', () => {
  test('D3: of an opening: the commit is known to be ours, with one effect and an etag that is good', async () => {
    const { link, tables } = await aStage();
    const store = new TableIncidentStore(tables);
    await store.load(ID);
    link.loseAnswers(TRANSACTION, 1);
    const file = committed(await store.commit(anOpening({ deliveryId: 'delivery-a', outbox: [aBusMessage()] })));
    expect(link.lost).toBe(1);
    expect(await store.load(ID)).toEqual(file);
    committed(await store.commit(next(file)));
    expect(await store.timeline(ID)).toHaveLength(2);
  });

  test.each([
    ['with a delivery', { deliveryId: 'delivery-b' }],
    ['with nothing but events', {}],
    ['with nothing but the incident', { events: [] }],
  ])('D3: of a later commit %s: it is known to be ours and written once', async (_, change) => {
    const { link, tables } = await aStage();
    const store = new TableIncidentStore(tables);
    const basis = committed(await store.commit(anOpening()));
    link.loseAnswers(TRANSACTION, 1);
    const incident = { ...basis.incident, signalCount: 2 };
    const file = committed(await store.commit({ ...next(basis), incident, ...change }));
    expect(link.lost).toBe(1);
    expect(await store.load(ID)).toEqual(file);
    expect(verifyChain(ID, await store.timeline(ID))).toMatchObject({ head: { seq: file.incident.lastEventSeq } });
  });

  test('D3: and somebody wrote on top of it before we asked again: still ours, and the newer version is handed back', async () => {
    const { link, tables, rival } = await aStage();
    const [store, other] = [new TableIncidentStore(tables), new TableIncidentStore(rival)];
    const basis = committed(await store.commit(anOpening()));
    link.loseAnswers(TRANSACTION, 1);
    const ours = store.commit(next(basis));
    await until(() => link.lost === 1);
    // The SDK repeats after 100 ms at the soonest; refused until the rival is done.
    link.refuse();
    const between = await other.load(ID);
    if (!between) throw new Error('gone');
    const theirs = committed(await other.commit(next(between)));
    link.mend();
    expect(committed(await ours)).toEqual(theirs);
    expect(await other.timeline(ID)).toHaveLength(3);
  });

  test('D3: every time: unavailable, perhaps done; the same delivery again finds it handled', async () => {
    const { link, tables } = await aStage();
    const store = new TableIncidentStore(tables);
    const basis = committed(await store.commit(anOpening()));
    const change = { ...next(basis), deliveryId: 'delivery-c' };
    link.loseAnswers(TRANSACTION, ALWAYS);
    await secondsUntilUnavailable(store.commit(change));
    link.loseAnswers(TRANSACTION, 0);
    expect(await store.commit(change)).toEqual({ committed: false, because: 'handled-before' });
    expect(await store.timeline(ID)).toHaveLength(2);
  });

  test('A5: of setting a subject: the pointer is known to be ours, first and later', async () => {
    const { link, tables } = await aStage();
    const store = new TableSubjectStore(tables);
    const pointer = { subject: 'cluster/a/1', incidentId: ID, failureKey: 'key-1' };
    await store.get(pointer.subject);
    link.loseAnswers(/^POST /, 1);
    const first = await store.set(pointer, undefined);
    link.loseAnswers(/^PUT /, 1);
    const second = await store.set({ ...pointer, failureKey: 'key-2' }, first);
    expect(link.lost).toBe(1 + 1);
    expect(await store.get(pointer.subject)).toEqual(second);
    await store.set({ ...pointer, failureKey: 'key-3' }, second);
  });

  test('D1: of a ticket number: numbers stay unique and ascending', async () => {
    const { link, tables } = await aStage();
    const counter = new TableTicketCounter(tables, systemClock);
    const numbers = [await counter.next('20261120')];
    link.loseAnswers(/^PUT /, 1);
    numbers.push(await counter.next('20261120'), await counter.next('20261120'));
    expect(link.lost).toBe(1);
    expect(numbers).toEqual([1, 2, 3]);
  });

  test('D5: of a refresh: the list and the live row are right all the same', async () => {
    const { link, tables } = await aStage();
    const index = new TableIncidentIndex(tables);
    await index.list({}, 1);
    link.loseAnswers(TRANSACTION, 2);
    await index.refresh(anIncident({ lastEventSeq: 1 }));
    await index.refresh(anIncident({ lastEventSeq: 2, state: 'closed' }));
    expect(link.lost).toBe(2);
    expect((await index.list({}, 1)).incidents[0]?.state).toBe('closed');
    expect((await index.live().next()).done).toBe(true);
  });

  test('D3: of clearing the outbox: it is cleared', async () => {
    const { link, tables } = await aStage();
    const store = new TableIncidentStore(tables);
    const outbox = ['a', 'b'].map((id) => aBusMessage({ id }));
    const file = committed(await store.commit(anOpening({ outbox })));
    link.loseAnswers(TRANSACTION, 1);
    await store.clearOutbox(ID, ['a', 'b']);
    expect([link.lost, await store.load(ID)]).toEqual([1, { ...file, outbox: [] }]);
  });
});
