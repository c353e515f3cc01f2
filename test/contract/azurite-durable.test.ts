// The durable storage account, killed with SIGKILL right after it has answered, under the real clients of tables and blobs.
import { mkdtempSync, rmSync } from 'node:fs';
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
  account = await startStorageAccount(join(dir, 'azurite'));
});
afterAll(async () => {
  await account.stop();
  rmSync(dir, { recursive: true });
});

function table(name: string): TableClient {
  // No retries: what is not answered is for the test to know.
  return TableClient.fromConnectionString(account.connectionString, name, {
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
