// The real stores under faults: lost answers, outages, hangs, rivals, and what a service may hold that this release did not write.
import { randomBytes } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { BlobBodyStore } from '../../shared/adapters/blob-storage/blob-body-store.ts';
import { connectTables } from '../../shared/adapters/table-storage/connection.ts';
import { TableIncidentIndex } from '../../shared/adapters/table-storage/table-incident-index.ts';
import { TableIncidentStore } from '../../shared/adapters/table-storage/table-incident-store.ts';
import { TableSignalStore } from '../../shared/adapters/table-storage/table-signal-store.ts';
import { TableSubjectStore } from '../../shared/adapters/table-storage/table-subject-store.ts';
import { TableTicketCounter } from '../../shared/adapters/table-storage/table-ticket-counter.ts';
import { type OperationKind, Tables } from '../../shared/adapters/table-storage/tables.ts';
import { Broken, Unavailable } from '../../shared/domain/errors.ts';
import { hashOf } from '../../shared/domain/ids.ts';
import { verifyChain } from '../../shared/domain/incidents/timeline.ts';
import { type FaultyLink, startFaultyLink } from '../builders/faulty-link.ts';
import { anIncident } from '../builders/incident.ts';
import { MemoryClock } from '../builders/memory-clock.ts';
import { until } from '../builders/processes.ts';
import { type StorageAccount, startStorageAccount } from '../builders/storage-account.ts';
import { aBusMessage, anEvent, anOpening, anOutcome } from '../builders/store-samples.ts';
import { systemClock } from '../builders/system-clock.ts';
import { committed, next } from './stores/incident-store.ts';

const ID = anIncident().id;
const TRANSACTION = /\$batch/;
const ALWAYS = 1_000;
/** A door or a queue function has to know by then. */
const ANSWER_SECONDS = 5;

let account: StorageAccount;
beforeAll(async () => {
  account = await startStorageAccount();
});
afterAll(() => account?.stop());

interface Stage {
  readonly link: FaultyLink;
  /** Over the line that can be made to fail. */
  readonly tables: Tables;
  /** The same tables, reached directly. */
  readonly rival: Tables;
  readonly prefix: string;
  readonly kinds: OperationKind[];
}

async function aStage(): Promise<Stage> {
  const port = Number(new URL(account.tables).port);
  const link = await startFaultyLink(port);
  onTestFinished(() => link.stop());
  const prefix = `t${randomBytes(6).toString('hex')}`;
  const kinds: OperationKind[] = [];
  const connection = account.connectionString.replaceAll(`:${port}/`, `:${link.port}/`);
  const tables = new Tables(connectTables({ connection }), { prefix, onOperation: (kind) => kinds.push(kind) });
  const rival = new Tables(connectTables({ connection: account.connectionString }), { prefix });
  return { link, tables, rival, prefix, kinds };
}

async function secondsUntilUnavailable(call: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await expect(call).rejects.toMatchObject({ name: 'Unavailable', code: 'store-unavailable', mayHaveHappened: true });
  return (performance.now() - started) / 1_000;
}

function rawTable({ prefix }: Stage, name: string): TableClient {
  return TableClient.fromConnectionString(account.connectionString, `${prefix}${name}`, {
    allowInsecureConnection: true,
  });
}

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
    link.loseAnswers(/^(POST|PUT) .*index/, 2);
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

describe('an outage', () => {
  test('A4: tables that answer 503 are unavailable in time, and work once they are back', async () => {
    const { tables } = await aStage();
    const store = new TableIncidentStore(tables);
    await store.load(ID);
    await account.order('down');
    onTestFinished(async () => {
      await account.order('up');
    });
    const calls = [store.load(ID), store.commit(anOpening()), store.clearOutbox(ID, ['a']), store.hasHandled(ID, 'd')];
    const seconds = await Promise.all(calls.map(secondsUntilUnavailable));
    expect(Math.max(...seconds)).toBeLessThan(ANSWER_SECONDS);
    await account.order('up');
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
    const connection = account.connectionString.replace(
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
    const port = Number(new URL(account.blobs).port);
    const link = await startFaultyLink(port);
    onTestFinished(() => link.stop());
    const connection = account.connectionString.replaceAll(`:${port}/`, `:${link.port}/`);
    const store = new BlobBodyStore({ connection, container: `c${randomBytes(6).toString('hex')}` });
    const body = Uint8Array.from([1]);
    await store.put('a', body);
    await account.order('down', { service: 'blobs' });
    const seconds = [await secondsUntilUnavailable(store.put('a', body))];
    await account.order('up', { service: 'blobs' });
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
    after: (seconds: number) => clock.after(seconds),
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
  const open = connectTables({ connection: account.connectionString });
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

describe('what is counted', () => {
  test('D3: a commit is one transaction, a load one query, and nothing is read again', async () => {
    const { tables, kinds } = await aStage();
    const store = new TableIncidentStore(tables);
    await store.load(ID);
    kinds.length = 0;
    const file = committed(await store.commit(anOpening({ deliveryId: 'd', outbox: [aBusMessage()] })));
    committed(await store.commit(next(file)));
    await store.load(ID);
    await store.clearOutbox(ID, [aBusMessage().id]);
    expect(kinds).toEqual(['transaction', 'transaction', 'query-entities', 'delete-entity']);
  });

  test('D1: 200 tickets asked for at once cost a handful of operations', async () => {
    const { tables, kinds } = await aStage();
    const counter = new TableTicketCounter(tables, systemClock);
    await counter.next('20261120');
    kinds.length = 0;
    await Promise.all(Array.from({ length: 200 }, () => counter.next('20261120')));
    expect(kinds).toEqual(['replace-entity', 'replace-entity']);
  });
});

describe('limits', () => {
  test('D3: a working set and a timeline of more rows than a page of the service are read whole and in order', async () => {
    const { tables } = await aStage();
    const store = new TableIncidentStore(tables);
    let file = committed(await store.commit(anOpening()));
    const ids: string[] = [];
    for (let commit = 0; commit < 26; commit += 1) {
      const fresh = Array.from({ length: 44 }, (_, place) => `m-${25 - commit}-${44 - place}`);
      ids.push(...fresh);
      const events = fresh.map((text) => anEvent({ text }));
      file = committed(await store.commit({ ...next(file), outbox: fresh.map((id) => aBusMessage({ id })), events }));
    }
    const loaded = await store.load(ID);
    expect(loaded?.outbox.map((message) => message.id)).toEqual(ids);
    expect(verifyChain(ID, await store.timeline(ID))).toMatchObject({ intact: true, head: { seq: 1 + 26 * 44 } });
    await store.clearOutbox(ID, ids);
    expect((await store.load(ID))?.outbox).toEqual([]);
  });

  test('D3: a record that is larger than a row is refused as a bug, with nothing written', async () => {
    const { tables } = await aStage();
    const store = new TableIncidentStore(tables);
    const outbox = [aBusMessage(), aBusMessage({ id: 'too-large', body: 'x'.repeat(530_000) })];
    await expect(store.commit(anOpening({ outbox }))).rejects.toBeInstanceOf(Broken);
    expect(await store.load(ID)).toBeUndefined();
    const message = 'x'.repeat(530_000);
    await expect(new TableSignalStore(tables).record(anOutcome({ message }))).rejects.toBeInstanceOf(Broken);
  });

  test('L3: nothing but this machine is reached over plain http', () => {
    const account = 'AccountName=a;AccountKey=a2V5';
    const open = [
      'http://lakewarden.table.core.windows.net',
      'http://127.0.0.1:10002/devstoreaccount1',
      `DefaultEndpointsProtocol=http;${account};EndpointSuffix=core.windows.net`,
      `${account};TableEndpoint=http://10.0.0.1:10002/a;BlobEndpoint=http://10.0.0.1:10000/a`,
      `${account};TableEndpoint=http://127.0.0.1.evil.example/a;BlobEndpoint=http://127.0.0.1.evil.example/a`,
    ];
    for (const connection of open) {
      expect(() => connectTables({ connection }), connection).toThrow(Broken);
      expect(() => new BlobBodyStore({ connection }), connection).toThrow(Broken);
    }
    const fine = [
      'https://a.table.core.windows.net',
      `DefaultEndpointsProtocol=https;${account}`,
      'UseDevelopmentStorage=true',
    ];
    for (const connection of fine) {
      connectTables({ connection });
      new BlobBodyStore({ connection });
    }
  });
});

describe('rows that this release did not write', () => {
  test('D3: a row of a newer version is refused instead of misread; kinds of rows that are not known are left alone', async () => {
    const stage = await aStage();
    const store = new TableIncidentStore(stage.tables);
    const file = committed(await store.commit(anOpening()));
    const table = rawTable(stage, 'incidents');
    await table.createEntity({ partitionKey: ID, rowKey: 'a|item|01|03|job', schemaVersion: 7, payload: '{}' });
    expect(await store.load(ID)).toEqual(file);
    await table.updateEntity({ partitionKey: ID, rowKey: 'a|incident', schemaVersion: 2 }, 'Merge');
    await expect(store.load(ID)).rejects.toBeInstanceOf(Broken);
  });

  test('A5: a pointer under the key of another subject is refused', async () => {
    const stage = await aStage();
    const store = new TableSubjectStore(stage.tables);
    await store.set({ subject: 'cluster/a/1', incidentId: ID, failureKey: 'k' }, undefined);
    const table = rawTable(stage, 'subjects');
    const row = await table.getEntity(hashOf('cluster/a/1'), 'pointer');
    await table.createEntity({ ...row, partitionKey: hashOf('cluster/a/2'), rowKey: 'pointer' });
    await expect(store.get('cluster/a/2')).rejects.toBeInstanceOf(Broken);
  });

  test('D2: guard rows of writers without a message are not taken for live incidents', async () => {
    const stage = await aStage();
    const index = new TableIncidentIndex(stage.tables);
    await index.refresh(anIncident({ lastEventSeq: 1 }));
    await rawTable(stage, 'live').createEntity({ partitionKey: 'live', rowKey: `${ID}|commit-1` });
    const live: string[] = [];
    for await (const { id } of index.live()) live.push(id);
    expect(live).toEqual([ID]);
  });
});
