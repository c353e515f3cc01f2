// The real stores when tables and blobs are down, hang or refuse us, and when rivals are faster.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BlobBodyStore } from '../../shared/adapters/blob-storage/blob-body-store.ts';
import { connectTables } from '../../shared/adapters/table-storage/connection.ts';
import { TableIncidentIndex } from '../../shared/adapters/table-storage/table-incident-index.ts';
import { TableIncidentStore } from '../../shared/adapters/table-storage/table-incident-store.ts';
import { TableSignalStore } from '../../shared/adapters/table-storage/table-signal-store.ts';
import { TableSubjectStore } from '../../shared/adapters/table-storage/table-subject-store.ts';
import { TableTicketCounter } from '../../shared/adapters/table-storage/table-ticket-counter.ts';
import { Tables } from '../../shared/adapters/table-storage/tables.ts';
import { Unavailable } from '../../shared/domain/errors.ts';
import { startFaultyLink } from '../builders/faulty-link.ts';
import { anIncident } from '../builders/incident.ts';
import { MemoryClock } from '../builders/memory-clock.ts';
import { until } from '../builders/processes.ts';
import { anOpening, anOutcome } from '../builders/store-samples.ts';
import { systemClock } from '../builders/system-clock.ts';
import { committed } from './stores/incident-store.ts';
import { aStage, rawTable, secondsUntilUnavailable, storageAccount, withStorageAccount } from './stores/stage.ts';

/** A door or a queue function has to know by then. */
const ANSWER_SECONDS = 5;
/** The service's own: it gives out what it found by then (query-timeout-and-pagination). */
const SERVICE_LOOKS_MS = 5_000;
const ID = anIncident().id;

withStorageAccount();

describe('an outage', () => {
  test('A4: tables that answer 503 are unavailable in time, and work once they are back', async () => {
    const { tables } = await aStage();
    const store = new TableIncidentStore(tables);
    await store.load(ID);
    await storageAccount().order('down');
    onTestFinished(async () => {
      await storageAccount().order('up');
    });
    const calls = [store.load(ID), store.commit(anOpening()), store.clearOutbox(ID, ['a']), store.hasHandled(ID, 'd')];
    const seconds = await Promise.all(calls.map(secondsUntilUnavailable));
    expect(Math.max(...seconds)).toBeLessThan(ANSWER_SECONDS);
    await storageAccount().order('up');
    committed(await store.commit(anOpening()));
  });

  test('A4: tables that hang, and tables that refuse, are unavailable in time', async () => {
    const { link, tables } = await aStage();
    const stores = [new TableSignalStore(tables).get('sig-1'), new TableSubjectStore(tables).get('x')];
    await Promise.all(stores);
    link.hang();
    const hanging = [
      new TableSignalStore(tables).record(anOutcome()),
      new TableTicketCounter(tables, systemClock).next('20261120'),
    ];
    const seconds = await Promise.all(hanging.map(secondsUntilUnavailable));
    link.refuse();
    seconds.push(await secondsUntilUnavailable(new TableIncidentIndex(tables).list({}, 10)));
    expect(Math.max(...seconds)).toBeLessThan(ANSWER_SECONDS);
    link.mend();
    await new TableSignalStore(tables).record(anOutcome());
  });

  test('D2: whoever looks through a whole table waits for as long as the service looks', async () => {
    const { link, tables } = await aStage();
    const store = new TableIncidentStore(tables);
    committed(await store.commit(anOpening()));
    const held = link.holdAnswer(/^GET .*incidents/, /200/);
    const serve = async () => {
      await held.answered;
      await sleep(SERVICE_LOOKS_MS);
      held.release();
    };
    const [found] = await Promise.all([store.all().next(), serve()]);
    expect(found.value?.id).toBe(ID);
  });

  test('D1: whoever waits for a ticket number during an outage is told, and the next one is served', async () => {
    const { link, tables } = await aStage();
    const counter = new TableTicketCounter(tables, systemClock);
    await counter.next('20261120');
    link.refuse();
    const waiting = await Promise.allSettled([1, 2, 3].map(() => counter.next('20261120')));
    expect(waiting.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
    link.mend();
    expect(await counter.next('20261120')).toBeGreaterThan(1);
  });

  test('A4: a table that is being deleted, and a key that is not accepted, are unavailable: nothing may be lost over them', async () => {
    const stage = await aStage();
    const store = new TableSignalStore(stage.tables);
    await store.record(anOutcome());
    await rawTable(stage, 'signals').deleteTable();
    await expect(store.record(anOutcome())).rejects.toBeInstanceOf(Unavailable);
    const connection = storageAccount().connectionString.replace(
      /AccountKey=[^;]+/,
      `AccountKey=${randomBytes(64).toString('base64')}`,
    );
    const stranger = new TableSignalStore(new Tables(connectTables({ connection })));
    await expect(stranger.get('sig-1')).rejects.toMatchObject({ name: 'Unavailable', retryAfterSeconds: 30 });
  });

  test('A4: a sign-in that fails is unavailable and is tried again by the next call', async () => {
    let signIns = 0;
    const credential = async () => {
      signIns += 1;
      throw Object.assign(new Error('no identity here'), { name: 'CredentialUnavailableError' });
    };
    const tables = new Tables(connectTables({ connection: 'https://lakewarden.table.core.windows.net', credential }));
    const bodies = new BlobBodyStore({ connection: 'https://lakewarden.blob.core.windows.net', credential });
    for (let turn = 0; turn < 2; turn += 1) {
      await expect(new TableSignalStore(tables).get('sig-1')).rejects.toBeInstanceOf(Unavailable);
      await expect(bodies.get('sig-1')).rejects.toBeInstanceOf(Unavailable);
    }
    expect(signIns).toBe(4);
  });

  test('A8: blobs that answer 503, or hang, are unavailable in time, and work once they are back', async () => {
    const port = Number(new URL(storageAccount().blobs).port);
    const link = await startFaultyLink(port);
    onTestFinished(() => link.stop());
    const connection = storageAccount().connectionString.replaceAll(`:${port}/`, `:${link.port}/`);
    const store = new BlobBodyStore({ connection, container: `c${randomBytes(6).toString('hex')}` });
    const body = Uint8Array.from([1]);
    await store.put('a', body);
    await storageAccount().order('down', { service: 'blobs' });
    const seconds = [await secondsUntilUnavailable(store.put('a', body))];
    await storageAccount().order('up', { service: 'blobs' });
    link.hang();
    seconds.push(await secondsUntilUnavailable(store.get('a')));
    expect(Math.max(...seconds)).toBeLessThan(ANSWER_SECONDS);
    link.mend();
    link.cut();
    expect(await store.get('a')).toEqual(body);
  });
});

test('D1: a counter that loses to rivals for more than ten seconds says so instead of waiting on', async () => {
  const { tables, rival } = await aStage();
  const clock = new MemoryClock();
  const other = new TableTicketCounter(rival, systemClock);
  await other.next('20261120');
  /** Whenever it pauses, a rival has been faster and a second has passed. */
  const unlucky = {
    now: () => clock.now(),
    elapsedMilliseconds: () => clock.elapsedMilliseconds(),
    after: (seconds: number) => clock.after(seconds),
    millisecondsOf: (seconds: number) => clock.millisecondsOf(seconds),
    sleep: async () => {
      await other.next('20261120');
      clock.jump(1_000);
    },
  };
  const counter = new TableTicketCounter(tables, unlucky);
  await counter.next('20261120');
  await other.next('20261120');
  await expect(counter.next('20261120')).rejects.toBeInstanceOf(Unavailable);
  expect(clock.now().getTime() - new MemoryClock().now().getTime()).toBeGreaterThan(10_000);
});

test('D2: an incident that is closed while an older refresh is between its two rows does not stay live', async () => {
  const { rival, prefix } = await aStage();
  const gate = Promise.withResolvers<void>();
  const open = connectTables({ connection: storageAccount().connectionString });
  const slow = new Tables(
    async (name) => {
      if (name.endsWith('live')) await gate.promise;
      return open(name);
    },
    { prefix },
  );
  const late = new TableIncidentIndex(slow).refresh(anIncident({ lastEventSeq: 1 }));
  const index = new TableIncidentIndex(rival);
  await until(async () => (await index.list({}, 1)).incidents.length === 1);
  await index.refresh(anIncident({ lastEventSeq: 5, state: 'closed' }));
  gate.resolve();
  await late;
  expect((await index.live().next()).done).toBe(true);
});
