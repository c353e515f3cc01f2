import { randomBytes } from 'node:crypto';
import { RestError, TableClient, type TransactionAction } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { CUSTOM_PROPERTIES, ENTITY_BYTES, KEPT_BY_AZURITE } from '../../local/azure/refusals.ts';
import { listeningAddresses } from '../builders/processes.ts';
import { type StorageAccount, startStorageAccount } from '../builders/storage-account.ts';

const detailsSchema = z.object({ odataError: z.object({ code: z.string() }).optional() });
const operationsSchema = z.record(z.string(), z.number());
const countsSchema = z.object({ tables: operationsSchema, blobs: operationsSchema });
const NO_RETRY = { retryOptions: { maxRetries: 0 } };

let account: StorageAccount;
beforeAll(async () => {
  account = await startStorageAccount();
});
afterAll(() => account?.stop());

function aTable(name: string, connectionString = account.connectionString): TableClient {
  return TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true, ...NO_RETRY });
}

async function madeTable(name: string): Promise<TableClient> {
  const table = aTable(name);
  await table.createTable();
  return table;
}

/** Status and error code of a call that is to be refused; the code is where each client puts it. */
async function refusalOf(call: Promise<unknown>): Promise<{ status: number | undefined; code: string | undefined }> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RestError)) throw new Error(`not refused by the service: ${error}`);
  const { data: details } = detailsSchema.safeParse(error.details);
  return { status: error.statusCode, code: error.code ?? details?.odataError?.code };
}

async function counts(service: 'tables' | 'blobs'): Promise<Record<string, number>> {
  return countsSchema.parse(await account.order('counts'))[service];
}

/** Names and numbers in key order. */
async function collectedFrom(table: TableClient, filter: string): Promise<[string, unknown][]> {
  const found: [string, unknown][] = [];
  for await (const { partitionKey, rowKey, number } of table.listEntities({ queryOptions: { filter } })) {
    found.push([`${partitionKey}/${rowKey}`, number]);
  }
  return found;
}

function sortedOf(kept: ReadonlyMap<string, number>, prefix: string): [string, number][] {
  return [...kept].filter(([name]) => name.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

describe('tables through the proxy, with the real client', () => {
  test('L3: queries find by keys what was written, replaced, deleted and rolled back before, in order, over pages', async () => {
    const table = await madeTable('bykeys');
    const kept = new Map<string, number>();
    const keyOf = (number: number) => `r|${String((number * 37) % 101).padStart(3, '0')}`;
    for (let number = 0; number < 240; number += 1) {
      const entity = { partitionKey: number % 2 === 0 ? 'a' : "it's", rowKey: keyOf(number), number };
      const name = `${entity.partitionKey}/${entity.rowKey}`;
      if (number % 5 === 4) {
        await table.deleteEntity(entity.partitionKey, entity.rowKey).catch(() => undefined);
        kept.delete(name);
      } else {
        await table.upsertEntity(entity, number % 3 === 0 ? 'Merge' : 'Replace');
        kept.set(name, number);
      }
      if (number % 40 !== 0) continue;
      const failing: TransactionAction[] = [
        ['upsert', { ...entity, number: -1 }, 'Replace'],
        ['delete', { partitionKey: entity.partitionKey, rowKey: 'r|missing' }],
      ];
      await expect(table.submitTransaction(failing)).rejects.toThrow();
    }
    const ranges = [
      "RowKey ge 'r|'",
      "RowKey gt 'r|020' and RowKey lt 'r|060'",
      "RowKey ge 'r|020' and RowKey le 'r|060'",
    ];
    for (const range of [...ranges, "RowKey eq 'r|037'", 'number ge 100', "RowKey gt 'r|050' and number lt 200"]) {
      const found: string[] = [];
      const filter = `PartitionKey eq 'it''s' and ${range}`;
      for await (const page of table.listEntities({ queryOptions: { filter } }).byPage({ maxPageSize: 7 })) {
        found.push(...page.map(({ partitionKey, rowKey }) => `${partitionKey}/${rowKey}`));
      }
      const all = (await collectedFrom(table, `(${filter})`)).map(([name]) => name);
      expect(found, range).toEqual(all);
    }
    expect(await collectedFrom(table, "PartitionKey eq 'a'")).toEqual(sortedOf(kept, 'a/'));
    expect(await collectedFrom(table, "PartitionKey eq 'it''s'")).toEqual(sortedOf(kept, "it's/"));
  });

  test('L3: signed calls pass: what is written is read back, with its types and its ETag', async () => {
    const table = await madeTable('roundtrip');
    const written = {
      partitionKey: 'a b+c',
      rowKey: "it's é",
      text: 'x',
      big: 9007199254740993n,
      at: new Date(0),
      on: true,
    };
    const { etag } = await table.createEntity(written);
    const read = await table.getEntity('a b+c', "it's é");
    expect(read).toMatchObject({ ...written, etag });
  });

  test('L3: a wrong key is refused: signatures are checked', async () => {
    const wrong = account.connectionString.replace(
      /AccountKey=[^;]+/,
      `AccountKey=${randomBytes(64).toString('base64')}`,
    );
    expect(await refusalOf(aTable('roundtrip', wrong).createTable())).toMatchObject({ status: 403 });
  });

  test('L3: a stale ETag is 412 and a second insert 409, which optimistic concurrency stands on', async () => {
    const table = await madeTable('concurrency');
    const { etag = '' } = await table.createEntity({ partitionKey: 'p', rowKey: 'r', n: 1 });
    await table.updateEntity({ partitionKey: 'p', rowKey: 'r', n: 2 }, 'Replace', { etag });
    const stale = table.updateEntity({ partitionKey: 'p', rowKey: 'r', n: 3 }, 'Merge', { etag });
    expect(await refusalOf(stale)).toEqual({ status: 412, code: 'UpdateConditionNotSatisfied' });
    const second = table.createEntity({ partitionKey: 'p', rowKey: 'r' });
    expect(await refusalOf(second)).toEqual({ status: 409, code: 'EntityAlreadyExists' });
  });

  test('L3: a transaction that fails in one row leaves none', async () => {
    const table = await madeTable('atomic');
    await table.createEntity({ partitionKey: 'p', rowKey: 'taken' });
    const actions: TransactionAction[] = ['new', 'taken'].map((rowKey) => ['create', { partitionKey: 'p', rowKey }]);
    expect(await refusalOf(table.submitTransaction(actions))).toEqual({ status: 409, code: 'EntityAlreadyExists' });
    expect(await refusalOf(table.getEntity('p', 'new'))).toMatchObject({ status: 404 });
  });

  test('L3: a list comes in pages of a thousand', async () => {
    const table = await madeTable('pages');
    for (let start = 0; start < 1_100; start += KEPT_BY_AZURITE.changesPerTransaction) {
      const rows = Array.from({ length: KEPT_BY_AZURITE.changesPerTransaction }, (_, n) => `r${start + n}`);
      await table.submitTransaction(rows.map((rowKey) => ['create', { partitionKey: 'p', rowKey }]));
    }
    const sizes: number[] = [];
    for await (const page of table.listEntities().byPage()) sizes.push(page.length);
    expect(sizes).toEqual([KEPT_BY_AZURITE.entitiesPerPage, 100]);
  });
});

describe('the refusal list: what Azurite keeps', () => {
  test('L3: a text property over 64 KiB (UTF-16) is PropertyValueTooLarge', async () => {
    const table = await madeTable('longtext');
    const text = 'x'.repeat(KEPT_BY_AZURITE.propertyBytes / 2 + 1);
    const tooLong = table.createEntity({ partitionKey: 'p', rowKey: 'r', text });
    expect(await refusalOf(tooLong)).toEqual({ status: 400, code: 'PropertyValueTooLarge' });
  });

  test('L3: keys with forbidden characters, or too long, are refused', async () => {
    const table = await madeTable('keys');
    const long = 'k'.repeat(KEPT_BY_AZURITE.keyCharacters + 1);
    for (const rowKey of [...KEPT_BY_AZURITE.forbiddenKeyCharacters.map((character) => `a${character}b`), long]) {
      expect(await refusalOf(table.createEntity({ partitionKey: 'p', rowKey })), rowKey).toMatchObject({ status: 400 });
    }
  });

  test('L3: a transaction of 101 changes, or of twice the same row, is refused', async () => {
    const table = await madeTable('transactions');
    const rows = Array.from({ length: KEPT_BY_AZURITE.changesPerTransaction + 1 }, (_, n) => ({
      partitionKey: 'p',
      rowKey: `r${n}`,
    }));
    expect(await refusalOf(table.submitTransaction(rows.map((row) => ['create', row])))).toMatchObject({ status: 400 });
    const [row = { partitionKey: 'p', rowKey: 'r' }] = rows;
    const twice = table.submitTransaction([
      ['create', row],
      ['update', row],
    ]);
    expect(await refusalOf(twice)).toMatchObject({ status: 400, code: 'InvalidDuplicateRow' });
  });
});

/** Properties of 31 KiB characters each: 62 KiB in UTF-16. */
function textsOf(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`text${n}`, 'x'.repeat(31 * 1024)]));
}

describe('the refusal list: what the proxy keeps', () => {
  test('L3: a transaction over 4 MiB is RequestBodyTooLarge, however often, and what comes after it is served', async () => {
    const table = await madeTable('oversize');
    const heavy = Array.from({ length: 6 }, (_, n) => ({ partitionKey: 'p', rowKey: `r${n}`, ...textsOf(28) }));
    for (let round = 0; round < 10; round += 1) {
      const transaction = table.submitTransaction(heavy.map((entity) => ['create', entity]));
      expect(await refusalOf(transaction)).toEqual({ status: 413, code: 'RequestBodyTooLarge' });
      await table.createEntity({ partitionKey: 'p', rowKey: `after ${round}` });
    }
  });

  test('L3: an entity over 1 MiB is EntityTooLarge, alone and inside a transaction that then leaves nothing', async () => {
    const table = await madeTable('heavy');
    const heavy = { partitionKey: 'p', rowKey: 'heavy', ...textsOf(Math.ceil(ENTITY_BYTES / (62 * 1024)) + 1) };
    expect(await refusalOf(table.createEntity(heavy))).toEqual({ status: 400, code: 'EntityTooLarge' });
    const both = table.submitTransaction([
      ['create', { partitionKey: 'p', rowKey: 'light' }],
      ['create', heavy],
    ]);
    expect(await refusalOf(both)).toEqual({ status: 400, code: 'EntityTooLarge' });
    expect(await refusalOf(table.getEntity('p', 'light'))).toMatchObject({ status: 404 });
  });

  test('L3: 252 properties of one entity pass, 253 are TooManyProperties', async () => {
    const table = await madeTable('wide');
    const wide = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, BigInt(n)]));
    await table.createEntity({ partitionKey: 'p', rowKey: 'fits', ...wide(CUSTOM_PROPERTIES) });
    const tooWide = table.createEntity({ partitionKey: 'p', rowKey: 'r', ...wide(CUSTOM_PROPERTIES + 1) });
    expect(await refusalOf(tooWide)).toEqual({ status: 400, code: 'TooManyProperties' });
  });

  test('L3: the name of a deleted table, and of a deleted container, stays taken', async () => {
    const table = await madeTable('shortlived');
    await table.deleteTable();
    // createTable() swallows 409 TableAlreadyExists, and nothing else.
    expect(await refusalOf(table.createTable())).toEqual({ status: 409, code: 'TableBeingDeleted' });
    const container = blobs().getContainerClient('shortlived');
    await container.create();
    await container.delete();
    await expect(container.create()).rejects.toMatchObject({ statusCode: 409, code: 'ContainerBeingDeleted' });
  });
});

function blobs(): BlobServiceClient {
  return BlobServiceClient.fromConnectionString(account.connectionString, { retryOptions: { maxTries: 1 } });
}

describe('blobs through the proxy, with the real client', () => {
  test('L3: a large body comes back byte for byte', async () => {
    const container = blobs().getContainerClient('bodies');
    await container.create();
    const body = randomBytes(5 * 1024 * 1024);
    const blob = container.getBlockBlobClient('folder/a signal.bin');
    await blob.uploadData(body);
    expect(body.equals(await blob.downloadToBuffer())).toBe(true);
  });

  test('L3: a condition that does not hold is refused', async () => {
    const container = blobs().getContainerClient('conditions');
    await container.create();
    const blob = container.getBlockBlobClient('once');
    await blob.upload('first', 5);
    const again = blob.upload('second', 6, { conditions: { ifNoneMatch: '*' } });
    await expect(again).rejects.toMatchObject({ statusCode: 409, code: 'BlobAlreadyExists' });
  });
});

describe('an outage on order', () => {
  test('L3: tables answer 503 ServerBusy in their own error shape, and work again afterwards', async () => {
    const table = await madeTable('outage');
    await account.order('down', { service: 'tables' });
    const insert = table.createEntity({ partitionKey: 'p', rowKey: 'r' });
    expect(await refusalOf(insert)).toEqual({ status: 503, code: 'ServerBusy' });
    const transaction = table.submitTransaction([['create', { partitionKey: 'p', rowKey: 'r' }]]);
    expect(await refusalOf(transaction)).toMatchObject({ status: 503 });
    await account.order('up', { service: 'tables' });
    await table.createEntity({ partitionKey: 'p', rowKey: 'r' });
  });

  test('L3: it ends by itself, and the client rides it out by its own retries', async () => {
    const table = TableClient.fromConnectionString(account.connectionString, 'riding', {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 8, retryDelayInMs: 50, maxRetryDelayInMs: 200 },
    });
    await account.order('down', { forMs: 300 });
    const { refused: before = 0 } = await counts('tables');
    await table.createTable();
    const { refused: after = 0 } = await counts('tables');
    expect(after).toBeGreaterThan(before);
  });

  test('L3: the tables being away leaves the blobs alone, and the other way round', async () => {
    const table = await madeTable('besides');
    await account.order('down', { service: 'tables' });
    await blobs().getContainerClient('besides').create();
    await account.order('up', { service: 'tables' });
    await account.order('down', { service: 'blobs' });
    await expect(blobs().getContainerClient('besides').exists()).rejects.toMatchObject({
      statusCode: 503,
      code: 'ServerBusy',
    });
    await table.createEntity({ partitionKey: 'p', rowKey: 'r' });
    await account.order('up', { service: 'blobs' });
  });

  test('L3: it can answer 500 OperationTimedOut instead, and nothing that Azure does not say', async () => {
    const table = await madeTable('timedout');
    await account.order('down', { status: 500 });
    const insert = table.createEntity({ partitionKey: 'p', rowKey: 'r' });
    expect(await refusalOf(insert)).toEqual({ status: 500, code: 'OperationTimedOut' });
    await account.order('up');
    await expect(account.order('down', { status: 418 })).rejects.toThrow('no such answer: 418');
  });
});

describe('the account as a whole', () => {
  test('L3: operations are counted by kind, a transaction as one', async () => {
    const table = await madeTable('counted');
    const before = await counts('tables');
    await table.createEntity({ partitionKey: 'p', rowKey: 'a' });
    await table.getEntity('p', 'a');
    await table.updateEntity({ partitionKey: 'p', rowKey: 'a', n: 1 });
    await table.submitTransaction(['b', 'c'].map((rowKey) => ['create', { partitionKey: 'p', rowKey }]));
    for await (const _ of table.listEntities()) break;
    await table.deleteEntity('p', 'a');
    const after = await counts('tables');
    const grown = Object.entries(after).map(([kind, count]) => [kind, count - (before[kind] ?? 0)]);
    expect(Object.fromEntries(grown.filter(([, count]) => count !== 0))).toEqual({
      'insert-entity': 1,
      'get-entity': 1,
      'merge-entity': 1,
      transaction: 1,
      'query-entities': 1,
      'delete-entity': 1,
    });
  });

  test('L3: it listens on loopback and nowhere else', () => {
    const addresses = listeningAddresses(account.pid);
    // Two proxies, and Azurite's blob, queue and table services behind them.
    expect(addresses).toHaveLength(5);
    expect(addresses.filter((address) => !address.startsWith('127.0.0.1:'))).toEqual([]);
  });
});
