// The incident's partition: one range to read, one transaction to write, one writer. The consistency rule of the design lives here.

import type { FailureClass } from '../domain/classification/failure-classes.ts';
import type { TicketId } from '../domain/ids.ts';
import type { BudgetTurn, Incident, IncidentState } from '../domain/incidents/incident.ts';
import type { IncidentRecords } from '../domain/incidents/report.ts';
import type { MinuteTally } from '../domain/incidents/tally.ts';
import type { TimelineEntry, TimelineEvent } from '../domain/incidents/timeline.ts';
import type { Attempt, Run, StepRecord } from '../domain/runbooks/run.ts';
import type { SignalOutcome } from '../domain/signals/outcome.ts';
import type { BusMessage } from './bus.ts';

/** The working set of an incident: everything but its timeline and markers. */
export interface IncidentFile {
  readonly incident: Incident;
  readonly runs: readonly Run[];
  readonly steps: readonly StepRecord[];
  readonly attempts: readonly Attempt[];
  /** Decided but perhaps not yet handed to the bus. */
  readonly outbox: readonly BusMessage[];
  /** Version of the incident row; every commit changes it, so it guards the whole partition. */
  readonly etag: string;
}

export interface Change {
  /** `new` creates the incident and conflicts when it exists. */
  readonly basis: IncidentFile | 'new';
  /** Wanted incident; `lastEventSeq` and `lastEventHash` are set by the store. */
  readonly incident: Incident;
  /** Rows to write; those not named stay as they are. */
  readonly runs?: readonly Run[];
  readonly steps?: readonly StepRecord[];
  readonly attempts?: readonly Attempt[];
  readonly events: readonly TimelineEntry[];
  readonly outbox?: readonly BusMessage[];
  /** Marks this delivery as handled, in the same transaction. */
  readonly deliveryId?: string;
  /** What that delivery came to: kept with its marker, so that the projection of signals can be rebuilt from the partitions. */
  readonly outcome?: SignalOutcome;
  /** With a delivery: fingerprint of what was ordered. A receipt is kept in the same transaction, so that a repeated order is answered as the first one was. */
  readonly receiptFor?: string;
  /** ISO instant of the events. */
  readonly at: string;
}

export type CommitResult =
  | { readonly committed: true; readonly file: IncidentFile }
  /** The delivery's marker was there: its effect is too, nothing was written. With what it came to, if that was kept. */
  | { readonly committed: false; readonly because: 'handled-before'; readonly outcome?: SignalOutcome };

/** What a delivery ordered, and the records as its commit left them. */
export interface Receipt {
  readonly fingerprint: string;
  readonly records: IncidentRecords;
}

/** It is there, and this release cannot read it: nothing more is known of it. */
export interface UnreadableIncident {
  readonly id: string;
  /** Why not, for a person. */
  readonly unreadable: string;
}

export interface IncidentStore {
  load(id: TicketId): Promise<IncidentFile | undefined>;
  /**
   * All of the change or nothing. Refuses more than 90 rows or 3.5 MiB with `Broken`; throws `Conflict` when the partition
   * was written since `basis` was read (or exists, for `new`), `Unavailable` when the store does not answer.
   */
  commit(change: Change): Promise<CommitResult>;
  /** Whether this delivery has been handled for this incident. */
  hasHandled(id: TicketId, deliveryId: string): Promise<boolean>;
  /** The receipt of a delivery that was committed with `receiptFor`. */
  receipt(id: TicketId, deliveryId: string): Promise<Receipt | undefined>;
  /** Forgets messages that the bus has accepted. Missing ones are fine. */
  clearOutbox(id: TicketId, messageIds: readonly string[]): Promise<void>;
  timeline(id: TicketId): Promise<readonly TimelineEvent[]>;
  /**
   * Every incident, page by page, in no order; with `since` (ISO) only those that were committed to at or after it.
   * Reads the whole table: for rebuilding and anchoring, never for a question. One that cannot be read hides no other.
   */
  all(since?: string): AsyncIterable<Incident | UnreadableIncident>;
  /** The outcomes that were kept with the markers of an incident's deliveries, page by page. */
  outcomes(id: TicketId): AsyncIterable<SignalOutcome>;
  /**
   * Removes a page of a partition for good, the incident's own row last: while `more` is left it can be loaded, and its purge goes on.
   * Throws `Conflict` when the partition was written since `basis` was read. A partition that is not there is `gone`.
   */
  purge(basis: IncidentFile): Promise<'more' | 'gone'>;
}

/** Which incident a subject has; never deleted. */
export interface SubjectPointer {
  readonly subject: string;
  readonly incidentId: TicketId;
  readonly previousIncidentId?: string;
  readonly failureKey: string;
  /** A resolved incident of the subject that is being reopened: until it is open or given up, nobody opens another one. */
  readonly reopening?: TicketId;
  /** Its incident is past its retention: gone, or going. It is not looked for, and its number is never used again. */
  readonly incidentPurged?: boolean;
  readonly etag: string;
}

export interface SubjectStore {
  get(subject: string): Promise<SubjectPointer | undefined>;
  /** Sets the pointer; `basis` is what was read (undefined: there was none). Throws `Conflict` when somebody was faster. */
  set(pointer: Omit<SubjectPointer, 'etag'>, basis: SubjectPointer | undefined): Promise<SubjectPointer>;
}

export interface TicketCounter {
  /** The next number of a UTC day (`20261120`), from 1: unique, ascending, under any concurrency. Numbers may be left out. */
  next(day: string): Promise<number>;
  /** Forgets the days before this one. */
  forgetBefore(day: string): Promise<void>;
}

/** A row of the list of incidents. */
export interface IncidentSummary {
  readonly id: string;
  readonly state: IncidentState;
  readonly failureClass: FailureClass;
  readonly code: string;
  readonly severity: string;
  readonly subject: string;
  readonly title: string;
  readonly openedAt: string;
  readonly resolvedAt?: string;
  readonly closedAt?: string;
  readonly signalCount: number;
  /** While its run waits for the budget of a workspace. */
  readonly budgetTurn?: BudgetTurn;
}

/** Who waits for the budget of a workspace. */
export interface BudgetQueue {
  readonly waiting: number;
  /** More are waiting: what is read for an answer is bounded. */
  readonly isMore: boolean;
  /** ISO instant of the last turn; undefined when nobody waits. */
  readonly lastTurnAt: string | undefined;
}

/** Every part that is given has to hold. */
export interface IncidentFilter {
  readonly state?: IncidentState;
  /** Neither resolved nor closed. */
  readonly open?: true;
  readonly failureClass?: string;
  readonly subject?: string;
  /** As `componentOf` says it: `cluster/<id>`, in whichever workspace, with what was split off. */
  readonly component?: string;
  /** Those that opened before this ISO instant. */
  readonly openedBefore?: string;
}

/** May hold fewer incidents than asked for, even none, although more follow: what is read for one page is bounded. */
export interface IncidentPage {
  readonly incidents: readonly IncidentSummary[];
  /** Opaque; absent on the last page. */
  readonly continuation?: string;
}

export interface ClosedIncident {
  readonly id: TicketId;
  readonly openedAt: string;
}

export interface LiveIncident {
  readonly id: TicketId;
  readonly dueAt: string | null;
}

/** Projections of incidents: may lag or be lost, can be rebuilt from the partitions. */
export interface IncidentIndex {
  /** Brings the list, the tallies and the live row of an incident up to date (a closed incident is not live). Never goes back to an older version. */
  refresh(incident: Incident): Promise<void>;
  /** For a count that only the list shows: many of them become one write within about a second, which may be lost with the process. */
  refreshSoon(incident: Incident): void;
  /** Newest first. Reads a bounded number of rows, however many incidents there are. */
  list(filter: IncidentFilter, pageSize: number, continuation?: string): Promise<IncidentPage>;
  /** Reads at most five pages of the store, however many wait. */
  waitingForBudget(workspace: string): Promise<BudgetQueue>;
  /** Every incident that is not closed. */
  live(): AsyncIterable<LiveIncident>;
  /** Those that the list shows as closed before this instant (ISO), page by page. */
  closedBefore(instant: string): AsyncIterable<ClosedIncident>;
  /** Forgets an incident that is gone. Missing is fine. */
  forget(incident: ClosedIncident): Promise<void>;
  /**
   * What opened from one ISO instant to another, counted by the minute, from the minute of `from` to that of `to`, in their order.
   * Reads one row for a minute in which something opened, however much it was: a day is at most two pages of the store.
   */
  tallies(from: string, to: string): Promise<readonly MinuteTally[]>;
  /** Counts every minute anew from the list. What is refreshed meanwhile is counted too, and once. */
  recount(): Promise<void>;
}
