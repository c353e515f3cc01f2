// The real stores keep their contracts against Azurite, behind the proxy that holds them to the service's own limits.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { BlobAnchorStore } from '../../shared/adapters/blob-storage/blob-anchor-store.ts';
import { BlobBodyStore } from '../../shared/adapters/blob-storage/blob-body-store.ts';
import { connectTables } from '../../shared/adapters/table-storage/connection.ts';
import { TableBreakerStore } from '../../shared/adapters/table-storage/table-breaker-store.ts';
import { TableBudgetStore } from '../../shared/adapters/table-storage/table-budget-store.ts';
import { TableContactStore } from '../../shared/adapters/table-storage/table-contact-store.ts';
import { TableDeadLetterStore } from '../../shared/adapters/table-storage/table-dead-letter-store.ts';
import { TableFoldStore } from '../../shared/adapters/table-storage/table-fold-store.ts';
import { TableGateStore } from '../../shared/adapters/table-storage/table-gate-store.ts';
import { TableGuards } from '../../shared/adapters/table-storage/table-guards.ts';
import { TableHeartbeats } from '../../shared/adapters/table-storage/table-heartbeats.ts';
import { TableIncidentIndex } from '../../shared/adapters/table-storage/table-incident-index.ts';
import { TableIncidentStore } from '../../shared/adapters/table-storage/table-incident-store.ts';
import { TableInventory } from '../../shared/adapters/table-storage/table-inventory.ts';
import { TableLeases } from '../../shared/adapters/table-storage/table-leases.ts';
import { TableNoticeStore } from '../../shared/adapters/table-storage/table-notice-store.ts';
import { TableProbeSeries } from '../../shared/adapters/table-storage/table-probe-series.ts';
import { TableRateStore } from '../../shared/adapters/table-storage/table-rate-store.ts';
import { TableRegionStore } from '../../shared/adapters/table-storage/table-region-store.ts';
import { TableSignalStore } from '../../shared/adapters/table-storage/table-signal-store.ts';
import { TableSourceLog } from '../../shared/adapters/table-storage/table-source-log.ts';
import { TableSubjectStore } from '../../shared/adapters/table-storage/table-subject-store.ts';
import { TableTicketCounter } from '../../shared/adapters/table-storage/table-ticket-counter.ts';
import { TableWitnessStore } from '../../shared/adapters/table-storage/table-witness-store.ts';
import { Tables } from '../../shared/adapters/table-storage/tables.ts';
import { type StorageAccount, startStorageAccount } from '../builders/storage-account.ts';
import { systemClock } from '../builders/system-clock.ts';
import { anchorStoreContract } from './stores/anchor-store.ts';
import { bodyStoreContract } from './stores/body-store.ts';
import { contactsContract } from './stores/contacts.ts';
import { deadLetterStoreContract } from './stores/dead-letter-store.ts';
import { foldStoreContract } from './stores/fold-store.ts';
import { breakerStoreContract, budgetStoreContract, gateStoreContract } from './stores/gate-stores.ts';
import { guardsContract } from './stores/guards.ts';
import { heartbeatsContract } from './stores/heartbeats.ts';
import { incidentIndexContract } from './stores/incident-index.ts';
import { incidentQuestionsContract } from './stores/incident-questions.ts';
import { incidentReceiptsContract } from './stores/incident-receipts.ts';
import { incidentStoreContract } from './stores/incident-store.ts';
import { inventoryContract } from './stores/inventory.ts';
import { leasesContract } from './stores/leases.ts';
import { probeSeriesContract } from './stores/probe-series.ts';
import { purgingContract } from './stores/purging.ts';
import { rateStoreContract } from './stores/rate-store.ts';
import { rebuildingContract } from './stores/rebuilding.ts';
import { noticeStoreContract, regionStoreContract, sourceLogContract, witnessStoreContract } from './stores/regions.ts';
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
incidentReceiptsContract('Table Storage', () => new TableIncidentStore(freshTables()));
subjectStoreContract('Table Storage', () => new TableSubjectStore(freshTables()));
probeSeriesContract('Table Storage', () => new TableProbeSeries(freshTables()));
guardsContract('Table Storage', () => new TableGuards(freshTables()));
incidentIndexContract('Table Storage', () => new TableIncidentIndex(freshTables()));
incidentQuestionsContract('Table Storage', { numRuns: 6 }, () => {
  const tables = freshTables();
  return { index: new TableIncidentIndex(tables), rival: new TableIncidentIndex(tables) };
});
gateStoreContract('Table Storage', () => new TableGateStore(freshTables()));
breakerStoreContract('Table Storage', () => new TableBreakerStore(freshTables()));
budgetStoreContract('Table Storage', () => new TableBudgetStore(freshTables()));
foldStoreContract('Table Storage', () => new TableFoldStore(freshTables()));
rateStoreContract('Table Storage', () => new TableRateStore(freshTables()));
contactsContract('Table Storage', () => new TableContactStore(freshTables()));
heartbeatsContract('Table Storage', () => new TableHeartbeats(freshTables()));
inventoryContract('Table Storage', () => {
  const container = `c${randomBytes(6).toString('hex')}`;
  return new TableInventory(freshTables(), new BlobBodyStore({ connection: account.connectionString, container }));
});
leasesContract('Table Storage', () => new TableLeases(freshTables()));
witnessStoreContract('Table Storage', () => new TableWitnessStore(freshTables()));
regionStoreContract('Table Storage', () => new TableRegionStore(freshTables()));
noticeStoreContract('Table Storage', () => new TableNoticeStore(freshTables()));
sourceLogContract('Table Storage', () => new TableSourceLog(freshTables()));
signalStoreContract('Table Storage', () => new TableSignalStore(freshTables()));
ticketCounterContract('Table Storage', async () => {
  const tables = freshTables();
  return [new TableTicketCounter(tables, systemClock), new TableTicketCounter(tables, systemClock)];
});
bodyStoreContract('Blob Storage', () => {
  const container = `c${randomBytes(6).toString('hex')}`;
  return new BlobBodyStore({ connection: account.connectionString, container });
});
deadLetterStoreContract('Table Storage', () => new TableDeadLetterStore(freshTables()));
rebuildingContract('Table Storage', () => {
  const tables = freshTables();
  const projections = (on: Tables) => ({ index: new TableIncidentIndex(on), signals: new TableSignalStore(on) });
  return {
    incidents: new TableIncidentStore(tables),
    ...projections(tables),
    dropped: () => projections(freshTables()),
  };
});
purgingContract('Table Storage', () => {
  const tables = freshTables();
  return {
    incidents: new TableIncidentStore(tables),
    index: new TableIncidentIndex(tables),
    subjects: new TableSubjectStore(tables),
    signals: new TableSignalStore(tables),
    deadLetters: new TableDeadLetterStore(tables),
    breakers: new TableBreakerStore(tables),
    tickets: new TableTicketCounter(tables, systemClock),
  };
});
anchorStoreContract('Blob Storage', () => {
  const container = `c${randomBytes(6).toString('hex')}`;
  return new BlobAnchorStore({ connection: account.connectionString, container });
});
