// The in-memory twins keep the same contracts as the real stores, so that what the simulation proves holds for both.
import { MemoryAnchorStore } from '../builders/memory-anchor-store.ts';
import { MemoryBodyStore } from '../builders/memory-body-store.ts';
import { MemoryContactStore } from '../builders/memory-contact-store.ts';
import { MemoryDeadLetterStore } from '../builders/memory-dead-letter-store.ts';
import { MemoryFoldStore } from '../builders/memory-fold-store.ts';
import { MemoryBreakerStore, MemoryBudgetStore, MemoryGateStore } from '../builders/memory-gate.ts';
import { MemoryGuards } from '../builders/memory-guards.ts';
import { MemoryHeartbeats } from '../builders/memory-heartbeats.ts';
import { MemoryIncidentIndex } from '../builders/memory-incident-index.ts';
import { MemoryIncidentStore } from '../builders/memory-incident-store.ts';
import { MemoryInventory } from '../builders/memory-inventory.ts';
import { MemoryLeases } from '../builders/memory-leases.ts';
import { MemoryProbeSeries } from '../builders/memory-probe-series.ts';
import { MemoryRateStore } from '../builders/memory-rate-store.ts';
import {
  MemoryNoticeStore,
  MemoryRegionStore,
  MemorySourceLog,
  MemoryWitnessStore,
} from '../builders/memory-regions.ts';
import { MemorySignalStore } from '../builders/memory-signal-store.ts';
import { MemorySubjectStore } from '../builders/memory-subject-store.ts';
import { MemoryTicketCounter } from '../builders/memory-ticket-counter.ts';
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

/** Others run in between each call and its effect, as they do with a store over a network. */
async function yielding(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

incidentStoreContract('in memory', () => new MemoryIncidentStore(yielding));
incidentReceiptsContract('in memory', () => new MemoryIncidentStore(yielding));
subjectStoreContract('in memory', () => new MemorySubjectStore(yielding));
probeSeriesContract('memory', () => new MemoryProbeSeries());
guardsContract('in memory', () => new MemoryGuards(yielding));
incidentIndexContract('in memory', () => new MemoryIncidentIndex(yielding));
incidentQuestionsContract('in memory', { numRuns: 200 }, () => {
  const index = new MemoryIncidentIndex(yielding);
  return { index, rival: index };
});
gateStoreContract('in memory', () => new MemoryGateStore(yielding));
breakerStoreContract('in memory', () => new MemoryBreakerStore(yielding));
budgetStoreContract('in memory', () => new MemoryBudgetStore(yielding));
foldStoreContract('in memory', () => new MemoryFoldStore(yielding));
contactsContract('in memory', () => new MemoryContactStore(yielding));
heartbeatsContract('in memory', () => new MemoryHeartbeats(yielding));
inventoryContract('in memory', () => new MemoryInventory(yielding));
rateStoreContract('in memory', () => new MemoryRateStore(yielding));
leasesContract('in memory', () => new MemoryLeases(yielding));
witnessStoreContract('in memory', () => new MemoryWitnessStore(yielding));
regionStoreContract('in memory', () => new MemoryRegionStore(yielding));
noticeStoreContract('in memory', () => new MemoryNoticeStore(yielding));
sourceLogContract('in memory', () => new MemorySourceLog(yielding));
signalStoreContract('in memory', () => new MemorySignalStore(yielding));
bodyStoreContract('in memory', () => new MemoryBodyStore(yielding));
ticketCounterContract('in memory', async () => {
  const counter = new MemoryTicketCounter(yielding);
  return [counter, counter];
});
anchorStoreContract('in memory', () => new MemoryAnchorStore(yielding));
deadLetterStoreContract('in memory', () => new MemoryDeadLetterStore(yielding));
purgingContract('in memory', () => ({
  incidents: new MemoryIncidentStore(yielding),
  index: new MemoryIncidentIndex(yielding),
  subjects: new MemorySubjectStore(yielding),
  signals: new MemorySignalStore(yielding),
  deadLetters: new MemoryDeadLetterStore(yielding),
  breakers: new MemoryBreakerStore(yielding),
  tickets: new MemoryTicketCounter(yielding),
}));
rebuildingContract('in memory', () => {
  const projections = () => ({ index: new MemoryIncidentIndex(yielding), signals: new MemorySignalStore(yielding) });
  return { incidents: new MemoryIncidentStore(yielding), ...projections(), dropped: projections };
});
