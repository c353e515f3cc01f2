// The real stores keep their contracts against Azurite, behind the proxy that holds them to the service's own limits.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { BlobBodyStore } from '../../shared/adapters/blob-storage/blob-body-store.ts';
import { connectTables } from '../../shared/adapters/table-storage/connection.ts';
import { TableIncidentIndex } from '../../shared/adapters/table-storage/table-incident-index.ts';
import { TableIncidentStore } from '../../shared/adapters/table-storage/table-incident-store.ts';
import { TableSignalStore } from '../../shared/adapters/table-storage/table-signal-store.ts';
import { TableSubjectStore } from '../../shared/adapters/table-storage/table-subject-store.ts';
import { TableTicketCounter } from '../../shared/adapters/table-storage/table-ticket-counter.ts';
import { Tables } from '../../shared/adapters/table-storage/tables.ts';
import { type StorageAccount, startStorageAccount } from '../builders/storage-account.ts';
import { systemClock } from '../builders/system-clock.ts';
import { bodyStoreContract } from './stores/body-store.ts';
import { incidentIndexContract } from './stores/incident-index.ts';
import { incidentStoreContract } from './stores/incident-store.ts';
import { signalStoreContract } from './stores/signal-store.ts';
import { subjectStoreContract } from './stores/subject-store.ts';
import { ticketCounterContract } from './stores/ticket-counter.ts';

let account: StorageAccount;
beforeAll(async () => {
  account = await startStorageAccount();
});
afterAll(() => account?.stop());

/** Tables of their own for each test. */
function freshTables(): Tables {
  return new Tables(connectTables({ connection: account.connectionString }), {
    prefix: `t${randomBytes(6).toString('hex')}`,
  });
}

incidentStoreContract('Table Storage', () => new TableIncidentStore(freshTables()));
subjectStoreContract('Table Storage', () => new TableSubjectStore(freshTables()));
incidentIndexContract('Table Storage', () => new TableIncidentIndex(freshTables()));
signalStoreContract('Table Storage', () => new TableSignalStore(freshTables()));
ticketCounterContract('Table Storage', async () => {
  const tables = freshTables();
  return [new TableTicketCounter(tables, systemClock), new TableTicketCounter(tables, systemClock)];
});
bodyStoreContract('Blob Storage', () => {
  const container = `c${randomBytes(6).toString('hex')}`;
  return new BlobBodyStore({ connection: account.connectionString, container });
});
