// The durable storage account, killed with SIGKILL right after it has answered, under the real clients of tables and blobs.
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient, type TableEntityResult, type TransactionAction } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StorageAccount, startStorageAccount } from '../builders/storage-account.ts';

const ROUNDS = 20;
/** A kill and a start for each round, on a busy machine. */
const ROUNDS_LIMIT_MS = 120_000;

let dir: string;
let account: StorageAccount;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'storage-'));
  account = await startStorageAccount({ durableDir: join(dir, 'azurite') });
});
afterAll(async () => {
  await account.stop();
  rmSync(dir, { recursive: true });
});

function table(name: string, { connectionString } = account): TableClient {
  // No retries: what is not answered is for the test to know.
  return TableClient.fromConnectionString(connectionString, name, {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
}

async function rowsOf(client: TableClient): Promise<Map<string, TableEntityResult<Record<string, unknown>>>> {
  const rows = new Map<string, TableEntityResult<Record<string, unknown>>>();
  for await (const row of client.listEntities()) rows.set(`${row.partitionKey}|${row.rowKey}`, row);
  return rows;
}

describe('D3: what has been answered is there after a kill -9', () => {
  test(`D3: ${ROUNDS} rounds: inserts, merges, replaces, deletes and transactions, with their ETags`, {
    timeout: ROUNDS_LIMIT_MS,
  }, async () => {
    const client = table('rounds');
    await client.createTable();
    /** Row key -> its ETag and number, as the answers said. */
    const answered = new Map<string, { etag: string | undefined; n: number }>();
    for (let round = 0; round < ROUNDS; round++) {
      const key = (name: string) => ({ partitionKey: 'p', rowKey: `${name}-${round}` });
      for (const name of ['kept', 'merged', 'replaced', 'deleted', 'in-transaction']) {
        const { etag } = await client.createEntity({ ...key(name), n: 1, text: 'ä' });
        answered.set(`p|${name}-${round}`, { etag, n: 1 });
      }
      const merged = await client.updateEntity({ ...key('merged'), n: 2 }, 'Merge', {
        etag: answered.get(`p|merged-${round}`)?.etag ?? '',
      });
      answered.set(`p|merged-${round}`, { etag: merged.etag, n: 2 });
      const replaced = await client.upsertEntity({ ...key('replaced'), n: 3 }, 'Replace');
      answered.set(`p|replaced-${round}`, { etag: replaced.etag, n: 3 });
      await client.deleteEntity('p', `deleted-${round}`);
      answered.delete(`p|deleted-${round}`);
      const actions: TransactionAction[] = [
        ['create', { ...key('new'), n: 4 }],
        ['update', { ...key('in-transaction'), n: 5 }, 'Merge'],
      ];
      const { subResponses } = await client.submitTransaction(actions);
      await account.kill();
      answered.set(`p|new-${round}`, { etag: subResponses[0]?.etag, n: 4 });
      answered.set(`p|in-transaction-${round}`, { etag: subResponses[1]?.etag, n: 5 });

      const rows = await rowsOf(client);
      expect([...rows.keys()].sort()).toEqual([...answered.keys()].sort());
      for (const [name, { n, etag }] of answered) {
        expect(rows.get(name)?.n).toBe(n);
        if (etag) expect([name, rows.get(name)?.etag]).toEqual([name, etag]);
      }
      // The ETag of before the kill still opens the row, a stale one does not.
      const { etag = '' } = answered.get(`p|kept-${round}`) ?? {};
      const next = await client.updateEntity({ ...key('kept'), n: 6 }, 'Merge', { etag });
      answered.set(`p|kept-${round}`, { etag: next.etag, n: 6 });
      await expect(client.updateEntity({ ...key('kept'), n: 7 }, 'Merge', { etag })).rejects.toMatchObject({
        statusCode: 412,
      });
    }
  });

  test('D3: killed in the middle of many transactions, each is there whole or not at all, and all answered ones are', {
    timeout: ROUNDS_LIMIT_MS,
  }, async () => {
    const client = table('transactions');
    await client.createTable();
    for (let round = 0; round < 3; round++) {
      const answered = new Set<string>();
      const kill = Promise.withResolvers<void>();
      const sent = Array.from({ length: 40 }, async (_, n) => {
        const partitionKey = `t-${round}-${n}`;
        const actions = Array.from({ length: 50 }, (_, row): TransactionAction => {
          return ['create', { partitionKey, rowKey: String(row), filler: 'x'.repeat(200) }];
        });
        await client.submitTransaction(actions).then(
          () => answered.add(partitionKey),
          () => undefined,
        );
        if (answered.size === 10) kill.resolve();
      });
      await kill.promise;
      await account.kill();
      await Promise.all(sent);
      const sizes = new Map<string, number>();
      for (const { partitionKey = '' } of (await rowsOf(client)).values())
        sizes.set(partitionKey, (sizes.get(partitionKey) ?? 0) + 1);
      expect([...new Set(sizes.values())]).toEqual([50]);
      expect(answered.size).toBeGreaterThanOrEqual(10);
      expect([...answered].filter((key) => !sizes.has(key))).toEqual([]);
    }
  });

  test('D3: tables that were created and deleted, and a failed transaction', async () => {
    await table('gone').createTable();
    await table('gone').createEntity({ partitionKey: 'p', rowKey: 'r' });
    await table('gone').deleteTable();
    const stays = table('stays');
    await stays.createTable();
    await stays.createEntity({ partitionKey: 'p', rowKey: 'there' });
    const failing: TransactionAction[] = [
      ['create', { partitionKey: 'p', rowKey: 'new' }],
      ['create', { partitionKey: 'p', rowKey: 'there' }],
    ];
    await expect(stays.submitTransaction(failing)).rejects.toMatchObject({ statusCode: 409 });
    await account.kill();
    expect([...(await rowsOf(stays)).keys()]).toEqual(['p|there']);
    await expect(rowsOf(table('gone'))).rejects.toMatchObject({ statusCode: 404 });
  });

  test('D3: blobs with their content, conditions and metadata, over two kills', async () => {
    const container = BlobServiceClient.fromConnectionString(account.connectionString).getContainerClient('box');
    await container.create();
    const large = Buffer.alloc(3_000_000, 'large');
    const blob = container.getBlockBlobClient('a/b');
    const { etag } = await blob.uploadData(large, { metadata: { kind: 'body' } });
    await container.getBlockBlobClient('deleted').upload('x', 1);
    await container.getBlockBlobClient('deleted').delete();
    await account.kill();
    expect((await blob.downloadToBuffer()).equals(large)).toBe(true);
    expect(await blob.getProperties()).toMatchObject({ etag, metadata: { kind: 'body' } });
    const once = { conditions: { ifNoneMatch: '*' } };
    await expect(blob.upload('again', 5, once)).rejects.toMatchObject({ statusCode: 409 });
    await blob.upload('other', 5);
    await account.kill();
    expect(String(await blob.downloadToBuffer())).toBe('other');
    const names: string[] = [];
    for await (const { name } of container.listBlobsFlat()) names.push(name);
    expect(names).toEqual(['a/b']);
  });
});

describe('D3: the databases are saved whole, and the log begun anew', () => {
  const SAVE_FROM_BYTES = 20_000;

  test('D3: again and again under writes and kills: nothing is lost, and the log stays small', async () => {
    const durableDir = join(dir, 'saved');
    const own = await startStorageAccount({ durableDir, saveFromBytes: SAVE_FROM_BYTES });
    try {
      const client = table('things', own);
      await client.createTable();
      const expected = new Map<string, number>();
      let lowest = Number.POSITIVE_INFINITY;
      for (let n = 0; n < 300; n++) {
        const rowKey = String(n % 40);
        if (n % 7 === 6 && expected.delete(`p|${rowKey}`)) await client.deleteEntity('p', rowKey);
        else {
          await client.upsertEntity({ partitionKey: 'p', rowKey, n, filler: 'x'.repeat(300) }, 'Replace');
          expected.set(`p|${rowKey}`, n);
        }
        lowest = n > 100 ? Math.min(lowest, statSync(join(durableDir, 'databases.log')).size) : lowest;
        if (n % 100 === 99) await own.kill();
      }
      const rows = await rowsOf(client);
      expect(new Map([...rows].map(([key, { n }]) => [key, n]))).toEqual(new Map([...expected].sort()));
      // Begun anew at least once, and never beyond twice the databases and a few records.
      expect(lowest).toBeLessThan(2_000);
      expect(statSync(join(durableDir, 'databases.log')).size).toBeLessThan(100_000);
    } finally {
      await own.stop();
    }
  });

  test('D3: killed after the saving and before the log was begun anew: the old log on top of the new databases comes to the same', async () => {
    const durableDir = join(dir, 'half-saved');
    const log = join(durableDir, 'databases.log');
    const accountKey = randomBytes(64).toString('base64');
    const first = await startStorageAccount({ durableDir, accountKey });
    await table('dropped', first).createTable();
    await table('dropped', first).createEntity({ partitionKey: 'p', rowKey: 'old' });
    await table('dropped', first).deleteEntity('p', 'old');
    const client = table('things', first);
    await client.createTable();
    for (const rowKey of ['a', 'b', 'c']) await client.createEntity({ partitionKey: 'p', rowKey, n: 1 });
    await client.upsertEntity({ partitionKey: 'p', rowKey: 'b', n: 2 }, 'Replace');
    await client.deleteEntity('p', 'c');
    await table('dropped', first).deleteTable();
    await first.stop();
    copyFileSync(log, `${log}.of-before`);

    const second = await startStorageAccount({ durableDir, accountKey, saveFromBytes: 1 });
    await table('things', second).createEntity({ partitionKey: 'p', rowKey: 'fresh', n: 3 });
    await second.stop();
    expect(statSync(log).size).toBe(0);
    copyFileSync(`${log}.of-before`, log);

    const third = await startStorageAccount({ durableDir, accountKey });
    try {
      const rows = await rowsOf(table('things', third));
      expect([...rows].map(([key, { n }]) => [key, n])).toEqual([
        ['p|a', 1],
        ['p|b', 2],
        ['p|fresh', 3],
      ]);
      await expect(rowsOf(table('dropped', third))).rejects.toMatchObject({ statusCode: 404 });
      // And what is written then gets a number of its own in the database.
      await table('things', third).createEntity({ partitionKey: 'p', rowKey: 'last', n: 4 });
      expect((await rowsOf(table('things', third))).size).toBe(4);
    } finally {
      await third.stop();
    }
  });
});
