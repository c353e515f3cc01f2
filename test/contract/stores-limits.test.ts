// The real stores at the service's limits: pages, sizes, operations counted, and rows that this release did not write.
import type { TableClient } from '@azure/data-tables';
import { describe, expect, test } from 'vitest';
import { BlobBodyStore } from '../../shared/adapters/blob-storage/blob-body-store.ts';
import { connectTables } from '../../shared/adapters/table-storage/connection.ts';
import { TableIncidentIndex } from '../../shared/adapters/table-storage/table-incident-index.ts';
import { TableIncidentStore } from '../../shared/adapters/table-storage/table-incident-store.ts';
import { TableSignalStore } from '../../shared/adapters/table-storage/table-signal-store.ts';
import { TableSubjectStore } from '../../shared/adapters/table-storage/table-subject-store.ts';
import { TableTicketCounter } from '../../shared/adapters/table-storage/table-ticket-counter.ts';
import { Broken } from '../../shared/domain/errors.ts';
import { hashOf } from '../../shared/domain/ids.ts';
import { ticketId } from '../../shared/domain/incidents/ticket-id.ts';
import { verifyChain } from '../../shared/domain/incidents/timeline.ts';
import { rebuildProjections } from '../../shared/usecases/rebuild-projections.ts';
import { anIncident } from '../builders/incident.ts';
import { aBusMessage, anEvent, anOpening, anOutcome } from '../builders/store-samples.ts';
import { systemClock } from '../builders/system-clock.ts';
import { committed, next } from './stores/incident-store.ts';
import { aStage, rawTable, withStorageAccount } from './stores/stage.ts';

const ID = anIncident().id;

withStorageAccount();

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

async function insertAll(table: TableClient, rows: readonly { partitionKey: string; rowKey: string }[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 100) {
    await table.submitTransaction(rows.slice(start, start + 100).map((row) => ['create', row]));
  }
}

async function idsOfPages(index: TableIncidentIndex, pageSize: number): Promise<string[]> {
  const ids: string[] = [];
  let continuation: string | undefined;
  do {
    const page = await index.list({ state: 'open' }, pageSize, continuation);
    ids.push(...page.incidents.map((incident) => incident.id));
    continuation = page.continuation;
  } while (continuation !== undefined);
  return ids;
}

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

  test('D5: more open incidents than a page of the service holds are all listed, newest first, and all live', async () => {
    const stage = await aStage();
    const index = new TableIncidentIndex(stage.tables);
    const incident = anIncident({ lastEventSeq: 1 });
    await index.refresh(incident);
    const inverted = 8_640_000_000_000_000 - Date.parse(incident.openedAt);
    // Older ones, as copies of the first one's rows, since a thousand refreshes would take long.
    const older = Array.from({ length: 1_050 }, (_, place) => ticketId('20261119', place + 1));
    const keyOf = (id: string, place: number) => `state|open|${String(inverted + 1 + place).padStart(16, '0')}|${id}`;
    const payload = JSON.stringify((await index.list({}, 1)).incidents[0]);
    const listed = older.map((id, place) => ({
      ...{ partitionKey: 'incident', rowKey: keyOf(id, place), schemaVersion: 1 },
      payload: payload.replace(incident.id, id),
    }));
    await insertAll(rawTable(stage, 'index'), listed);
    await insertAll(
      rawTable(stage, 'live'),
      older.map((rowKey) => ({ partitionKey: 'live', rowKey })),
    );
    expect(await idsOfPages(index, 400)).toEqual([incident.id, ...older]);
    const live: string[] = [];
    for await (const { id } of index.live()) live.push(id);
    expect(live.toSorted()).toEqual([...older, incident.id].toSorted());
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

  test('D3: half of a character is kept where the service sees no text, and nowhere else', async () => {
    const stage = await aStage();
    const store = new TableIncidentStore(stage.tables);
    const half = `the name ends in the middle: ${'🔥'.slice(0, 1)}`;
    committed(await store.commit(anOpening({ events: [anEvent({ text: half })] })));
    expect((await store.timeline(ID)).map(({ text }) => text)).toEqual([half]);
    const { text } = await rawTable(stage, 'incidents').getEntity<{ text: string }>(ID, 'e|00000001');
    expect(text).toBe('the name ends in the middle: \ufffd');
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

  test.each([
    ['of a newer version', { schemaVersion: 2 }],
    ['that somebody cut', { payload: '{"id":"RCA' }],
  ])(
    'D2, D3: an incident %s hides no other from the anchor and from rebuilding, and is named',
    async (_what, change) => {
      const stage = await aStage();
      const incidents = new TableIncidentStore(stage.tables);
      const other = ticketId('20261120', 77);
      await incidents.commit(anOpening());
      await incidents.commit(anOpening({ incident: anIncident({ id: other }) }));
      await rawTable(stage, 'incidents').updateEntity({ partitionKey: ID, rowKey: 'a|incident', ...change }, 'Merge');
      await expect(incidents.load(ID)).rejects.toBeInstanceOf(Broken);
      const named = [];
      for await (const each of incidents.all()) named.push('unreadable' in each ? `${each.id} unreadable` : each.id);
      expect(named.sort()).toEqual([`${ID} unreadable`, other]);
      const index = new TableIncidentIndex(stage.tables);
      const rebuilt = await rebuildProjections({ incidents, index, signals: new TableSignalStore(stage.tables) });
      expect(rebuilt).toMatchObject({ incidents: 1, unreadable: [expect.stringContaining(ID)] });
      expect((await index.list({}, 10)).incidents.map(({ id }) => id)).toEqual([other]);
    },
  );

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
