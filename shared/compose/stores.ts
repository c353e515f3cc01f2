// The stores over tables, by the names that use cases know them by.
import { TableBreakerStore } from '../adapters/table-storage/table-breaker-store.ts';
import { TableContactStore } from '../adapters/table-storage/table-contact-store.ts';
import { TableDeadLetterStore } from '../adapters/table-storage/table-dead-letter-store.ts';
import { TableFoldStore } from '../adapters/table-storage/table-fold-store.ts';
import { TableGateStore } from '../adapters/table-storage/table-gate-store.ts';
import { TableGuards } from '../adapters/table-storage/table-guards.ts';
import { TableHeartbeats } from '../adapters/table-storage/table-heartbeats.ts';
import { TableIncidentIndex } from '../adapters/table-storage/table-incident-index.ts';
import { TableIncidentStore } from '../adapters/table-storage/table-incident-store.ts';
import { TableInventory } from '../adapters/table-storage/table-inventory.ts';
import { TableLeases } from '../adapters/table-storage/table-leases.ts';
import { TableNoticeStore } from '../adapters/table-storage/table-notice-store.ts';
import { TableProbeSeries } from '../adapters/table-storage/table-probe-series.ts';
import { TableRateStore } from '../adapters/table-storage/table-rate-store.ts';
import { TableRegionStore } from '../adapters/table-storage/table-region-store.ts';
import { TableSignalStore } from '../adapters/table-storage/table-signal-store.ts';
import { TableSourceLog } from '../adapters/table-storage/table-source-log.ts';
import { TableSubjectStore } from '../adapters/table-storage/table-subject-store.ts';
import { TableTicketCounter } from '../adapters/table-storage/table-ticket-counter.ts';
import { TableWitnessStore } from '../adapters/table-storage/table-witness-store.ts';
import type { Tables } from '../adapters/table-storage/tables.ts';
import type { BodyStore } from '../ports/body-store.ts';
import type { Clock } from '../ports/clock.ts';

export function openStores(tables: Tables, bodies: BodyStore, clock: Clock) {
  return {
    incidents: new TableIncidentStore(tables),
    index: new TableIncidentIndex(tables),
    subjects: new TableSubjectStore(tables),
    signals: new TableSignalStore(tables),
    contacts: new TableContactStore(tables),
    heartbeats: new TableHeartbeats(tables),
    leases: new TableLeases(tables),
    guards: new TableGuards(tables),
    deadLetters: new TableDeadLetterStore(tables),
    folds: new TableFoldStore(tables),
    gate: new TableGateStore(tables),
    breakers: new TableBreakerStore(tables),
    probes: new TableProbeSeries(tables),
    witnesses: new TableWitnessStore(tables),
    regions: new TableRegionStore(tables),
    notices: new TableNoticeStore(tables),
    sources: new TableSourceLog(tables),
    rates: new TableRateStore(tables),
    tickets: new TableTicketCounter(tables, clock),
    inventory: new TableInventory(tables, bodies),
  };
}
