// The stage of the tests of the real stores under faults: tables over a line that can be made to fail, beside the same tables reached directly.
import { randomBytes } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { connectTables } from '../../../shared/adapters/table-storage/connection.ts';
import { type OperationKind, Tables } from '../../../shared/adapters/table-storage/tables.ts';
import { type FaultyLink, startFaultyLink } from '../../builders/faulty-link.ts';
import { type StorageAccount, startStorageAccount } from '../../builders/storage-account.ts';

let running: StorageAccount | undefined;

/** Runs a storage account of its own for the test file that calls it. */
export function withStorageAccount(): void {
  beforeAll(async () => {
    running = await startStorageAccount();
  });
  afterAll(() => running?.stop());
}

export function storageAccount(): StorageAccount {
  if (!running) throw new Error('withStorageAccount() has not been called');
  return running;
}

export interface Stage {
  readonly link: FaultyLink;
  /** Over the line that can be made to fail. */
  readonly tables: Tables;
  /** The same tables, reached directly. */
  readonly rival: Tables;
  readonly prefix: string;
  readonly kinds: OperationKind[];
}

export async function aStage(): Promise<Stage> {
  const port = Number(new URL(storageAccount().tables).port);
  const link = await startFaultyLink(port);
  onTestFinished(() => link.stop());
  const prefix = `t${randomBytes(6).toString('hex')}`;
  const kinds: OperationKind[] = [];
  const connection = storageAccount().connectionString.replaceAll(`:${port}/`, `:${link.port}/`);
  const tables = new Tables(connectTables({ connection }), { prefix, onOperation: (kind) => kinds.push(kind) });
  const rival = new Tables(connectTables({ connection: storageAccount().connectionString }), { prefix });
  return { link, tables, rival, prefix, kinds };
}

export async function secondsUntilUnavailable(call: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await expect(call).rejects.toMatchObject({ name: 'Unavailable', code: 'store-unavailable', mayHaveHappened: true });
  return (performance.now() - started) / 1_000;
}

export function rawTable({ prefix }: Stage, name: string): TableClient {
  return TableClient.fromConnectionString(storageAccount().connectionString, `${prefix}${name}`, {
    allowInsecureConnection: true,
  });
}
