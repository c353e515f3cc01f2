// The in-memory twins keep the same contracts as the real stores, so that what the simulation proves holds for both.
import { MemoryBodyStore } from '../builders/memory-body-store.ts';
import { MemoryIncidentIndex } from '../builders/memory-incident-index.ts';
import { MemoryIncidentStore } from '../builders/memory-incident-store.ts';
import { MemorySignalStore } from '../builders/memory-signal-store.ts';
import { MemorySubjectStore } from '../builders/memory-subject-store.ts';
import { MemoryTicketCounter } from '../builders/memory-ticket-counter.ts';
import { bodyStoreContract } from './stores/body-store.ts';
import { incidentIndexContract } from './stores/incident-index.ts';
import { incidentStoreContract } from './stores/incident-store.ts';
import { signalStoreContract } from './stores/signal-store.ts';
import { subjectStoreContract } from './stores/subject-store.ts';
import { ticketCounterContract } from './stores/ticket-counter.ts';

/** Others run in between each call and its effect, as they do with a store over a network. */
async function yielding(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

incidentStoreContract('in memory', () => new MemoryIncidentStore(yielding));
subjectStoreContract('in memory', () => new MemorySubjectStore(yielding));
incidentIndexContract('in memory', () => new MemoryIncidentIndex(yielding));
signalStoreContract('in memory', () => new MemorySignalStore(yielding));
bodyStoreContract('in memory', () => new MemoryBodyStore(yielding));
ticketCounterContract('in memory', async () => {
  const counter = new MemoryTicketCounter(yielding);
  return [counter, counter];
});
