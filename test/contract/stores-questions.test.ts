// What keeps the lists and counts of the real store right when rows are lost, and what is read of them.
import { describe, expect, test } from 'vitest';
import { TableIncidentIndex } from '../../shared/adapters/table-storage/table-incident-index.ts';
import type { Incident } from '../../shared/domain/incidents/incident.ts';
import { ticketId } from '../../shared/domain/incidents/ticket-id.ts';
import type { IncidentFilter } from '../../shared/ports/incident-store.ts';
import { CountedTables } from '../builders/counted-tables.ts';
import { anIncident } from '../builders/incident.ts';
import { aStage, rawTable, type Stage, storageAccount, withStorageAccount } from './stores/stage.ts';

const MINUTE = '2026-11-20T14:00:00.000Z';
const opened = anIncident({ openedAt: '2026-11-20T14:00:10.000Z', lastEventSeq: 1 });
const escalated: Incident = { ...opened, state: 'escalated', lastEventSeq: 2 };

withStorageAccount();

describe('rows that somebody has lost', () => {
  test('D5: a count that is gone, wrong or not readable is right again after counting anew', async () => {
    const stage = await aStage();
    const index = new TableIncidentIndex(stage.tables);
    await index.refresh(opened);
    const right = await index.tallies(MINUTE, MINUTE);
    const [key = ''] = await keysOf(stage, 'minute|');
    const table = rawTable(stage, 'index');
    await table.deleteEntity('incident', key);
    await index.recount();
    expect(await index.tallies(MINUTE, MINUTE)).toEqual(right);
    for (const payload of ['[]', 'no JSON', '{"failures":7}']) {
      await table.updateEntity({ partitionKey: 'incident', rowKey: key, payload }, 'Merge');
      await index.recount();
      expect(await index.tallies(MINUTE, MINUTE), payload).toEqual(right);
    }
  });

  test('D5: a count of a minute in which nothing is left is nothing after counting anew', async () => {
    const stage = await aStage();
    const index = new TableIncidentIndex(stage.tables);
    await index.refresh(opened);
    const table = rawTable(stage, 'index');
    for (const key of await keysOf(stage, '0')) await table.deleteEntity('incident', key);
    await index.recount();
    expect((await index.tallies(MINUTE, MINUTE)).flatMap(({ tallies }) => tallies)).toEqual([]);
  });

  test('D5: a row that is gone from a list keeps nothing from being written, and is there again after the next refresh', async () => {
    const stage = await aStage();
    const index = new TableIncidentIndex(stage.tables);
    await index.refresh(opened);
    const table = rawTable(stage, 'index');
    for (const key of await keysOf(stage, 'state|')) await table.deleteEntity('incident', key);
    await index.refresh(escalated);
    for (const key of await keysOf(stage, 'class|')) await table.deleteEntity('incident', key);
    expect(await idsOf(index, { failureClass: opened.failureClass })).toEqual([]);
    await index.refresh(escalated);
    expect(await idsOf(index, { failureClass: opened.failureClass })).toEqual([opened.id]);
    expect(await idsOf(index, { state: 'escalated' })).toEqual([opened.id]);
    expect(await idsOf(index, { state: 'open' })).toEqual([]);
  });

  test('D5: a row that an older release has written is brought into every list and count by rebuilding, once', async () => {
    const stage = await aStage();
    const index = new TableIncidentIndex(stage.tables);
    await index.refresh(opened);
    const table = rawTable(stage, 'index');
    for (const prefix of ['state|', 'class|', 'component|', 'minute|']) {
      for (const key of await keysOf(stage, prefix)) await table.deleteEntity('incident', key);
    }
    const [main = ''] = await keysOf(stage, '0');
    const { layout: _, ...older } = await table.getEntity('incident', main);
    await table.updateEntity({ ...older, partitionKey: 'incident', rowKey: main }, 'Replace');
    await index.refresh(opened);
    await index.refresh(opened);
    await index.recount();
    expect(await idsOf(index, { open: true })).toEqual([opened.id]);
    expect((await index.tallies(MINUTE, MINUTE)).map(({ tallies }) => tallies[0]?.failures)).toEqual([1]);
  });

  test('D5: the answer to a refresh is lost: it is counted once', async () => {
    const { link, tables } = await aStage();
    const index = new TableIncidentIndex(tables);
    await index.list({}, 1);
    link.loseAnswers(/\$batch/, 1);
    await index.refresh(opened);
    expect(link.lost).toBe(1);
    expect((await index.tallies(MINUTE, MINUTE)).map(({ tallies }) => tallies[0]?.failures)).toEqual([1]);
  });

  test('D5: an incident that cannot be written keeps no other from being written with it', async () => {
    const { tables } = await aStage();
    const index = new TableIncidentIndex(tables);
    const others = [2, 3, 4].map((number) => ({ ...opened, id: ticketId('20261120', number) }));
    const tooLarge = { ...opened, title: 'x'.repeat(600_000) };
    const [refused, ...written] = await Promise.allSettled([tooLarge, ...others].map((each) => index.refresh(each)));
    expect(refused?.status).toBe('rejected');
    expect(written.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await idsOf(index, {})).toEqual(others.map(({ id }) => id));
  });
});

describe('what is read', () => {
  test('D5: for a question one row a minute, for a page one row more than it shows from each of its lists, however many there are', async () => {
    const stage = await aStage();
    const tables = CountedTables.of(storageAccount().connectionString, stage.prefix);
    const index = new TableIncidentIndex(tables);
    const read: Record<string, number[]> = {};
    const ask = async (name: string, question: () => Promise<unknown>) => {
      const before = tables.entities;
      await question();
      read[name] = [...(read[name] ?? []), tables.entities - before];
    };
    for (const size of [20, 80]) {
      await Promise.all(Array.from({ length: size }, (_, number) => index.refresh(one(number + 1))));
      await ask('question', () => index.tallies(MINUTE, '2026-11-20T14:10:00.000Z'));
      await ask('all', () => index.list({}, 5));
      await ask('open', () => index.list({ open: true }, 5));
      await ask('state', () => index.list({ state: 'closed' }, 5));
      await ask('class', () => index.list({ failureClass: opened.failureClass }, 5));
      await ask('class and state', () => index.list({ failureClass: opened.failureClass, state: 'closed' }, 5));
      await ask('component', () => index.list({ component: 'cluster/test-cluster-123' }, 5));
    }
    expect(read).toEqual({
      question: [3, 3],
      all: [6, 6],
      open: [6, 6],
      state: [6, 6],
      class: [12, 12],
      'class and state': [6, 6],
      component: [6, 6],
    });
  });

  test('D5: for a page of one component by state a bounded part of its list: the page may be empty, and the next one goes on', async () => {
    const stage = await aStage();
    const tables = CountedTables.of(storageAccount().connectionString, stage.prefix);
    const index = new TableIncidentIndex(tables);
    await index.refresh({ ...opened, state: 'closed' });
    await index.refresh({ ...escalated, id: ticketId('20261120', 2) });
    await copyComponentRows(stage, 1_100);
    const before = tables.entities;
    const first = await index.list({ component: 'cluster/test-cluster-123', state: 'closed' }, 50);
    expect(tables.entities - before).toBeLessThanOrEqual(1_050);
    expect([first.incidents, typeof first.continuation]).toEqual([[], 'string']);
    expect(await idsOf(index, { component: 'cluster/test-cluster-123', state: 'closed' })).toEqual([opened.id]);
  });
});

/** Within three minutes; every other one is closed. */
function one(number: number): Incident {
  const openedAt = new Date(Date.parse(MINUTE) + (number % 3) * 60_000 + number).toISOString();
  const state = number % 2 === 0 ? ('closed' as const) : ('open' as const);
  return anIncident({ id: ticketId('20261120', number), openedAt, state, lastEventSeq: 1 });
}

async function keysOf(stage: Stage, prefix: string): Promise<string[]> {
  // The list of all has keys of digits only.
  const [from, to] = prefix === '0' ? ['0', ':'] : [prefix, `${prefix}~`];
  const filter = `PartitionKey eq 'incident' and RowKey ge '${from}' and RowKey lt '${to}'`;
  const keys: string[] = [];
  for await (const { rowKey } of rawTable(stage, 'index').listEntities({ queryOptions: { filter } })) {
    keys.push(rowKey ?? '');
  }
  return keys;
}

/** Newer ones, as copies of the escalated one's row, since a thousand refreshes would take long. */
async function copyComponentRows(stage: Stage, count: number): Promise<void> {
  const table = rawTable(stage, 'index');
  const keys = await keysOf(stage, 'component|');
  const row = await table.getEntity('incident', keys.find((key) => key.endsWith('-002')) ?? '');
  const list = String(row.rowKey).replace(/\d{16}\|RCA.*$/, '');
  const inverted = 8_640_000_000_000_000 - Date.parse('2026-11-20T15:00:00.000Z');
  const rows = Array.from({ length: count }, (_, place) => ({
    ...row,
    partitionKey: 'incident',
    rowKey: `${list}${String(inverted + place).padStart(16, '0')}|RCA-20261120-${place + 1_000}`,
  }));
  for (let start = 0; start < rows.length; start += 100) {
    await table.submitTransaction(rows.slice(start, start + 100).map((each) => ['create', each]));
  }
}

async function idsOf(index: TableIncidentIndex, filter: IncidentFilter): Promise<string[]> {
  const ids: string[] = [];
  let continuation: string | undefined;
  do {
    const page = await index.list(filter, 50, continuation);
    ids.push(...page.incidents.map(({ id }) => id));
    continuation = page.continuation;
  } while (continuation !== undefined);
  return ids;
}
