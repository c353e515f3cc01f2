// The incident and its life: the states, and the one table of legal transitions.

import type { FailureClass } from '../classification/failure-classes.ts';
import { Refused } from '../errors.ts';
import type { TicketId } from '../ids.ts';
import type { Message } from '../notification/message.ts';
import type { ComponentEvent } from '../signals/component-events.ts';
import type { Decision, RecoveryStatus } from '../signals/outcome.ts';
import type { JobRun } from '../signals/signal.ts';
import type { SubjectKind } from './subject-kinds.ts';

export const incidentStates = [
  'open',
  'remediating',
  'verifying',
  'resolved',
  'closed',
  'escalated',
  'suppressed',
] as const;
export type IncidentState = (typeof incidentStates)[number];

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** What failed. `workspace` is null when no workspace of the estate knows it, and for `lakewarden`: that is ourselves. */
export interface IncidentComponent {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly name?: string;
  readonly workspace: string | null;
  /** Whether the estate names it. */
  readonly listed: boolean;
}

/** What was decided when the incident opened: the answer to every signal that joins it. */
export interface OpeningDecision {
  readonly recoveryStatus: RecoveryStatus;
  readonly actionsTaken: readonly string[];
  readonly message: string;
  readonly decisions: readonly Decision[];
}

/** A report that had joined an incident and was taken out of it again. Holds all that the new incident is made of. */
export interface Split {
  readonly signalId: string;
  readonly incidentId: TicketId;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** The report that what failed is well again. */
export interface Recovery {
  readonly event: ComponentEvent;
  readonly signalId: string;
  /** `sender`, `person` or `lakewarden`. */
  readonly actor: string;
  /** On the service's clock, if known. */
  readonly at?: string;
}

/** What people are not told while a silence is over an incident. */
export interface KeptBack {
  /** The standing order that keeps it back, its end, and since when. */
  readonly order: string;
  readonly until: string;
  readonly since: string;
  /** It opened under the silence: nobody has heard of it. */
  readonly fromOpening: boolean;
  /** The newest for each recipient and channel. */
  readonly messages: readonly Message[];
}

export interface Incident {
  readonly schemaVersion: 1;
  readonly id: TicketId;
  readonly kind: 'failure';
  /** `<kind>/<workspace>/<id>`: at most one open incident has it. */
  readonly subject: string;
  readonly component: IncidentComponent;
  readonly state: IncidentState;
  readonly failureClass: FailureClass;
  readonly code: string;
  /** What a person is told to do about this code; absent on incidents of earlier releases. */
  readonly advice?: string;
  readonly severity: Severity;
  readonly title: string;
  /** ISO instants of our own clock. */
  readonly openedAt: string;
  readonly resolvedAt?: string;
  readonly closedAt?: string;
  /** When a resolved incident closes by itself unless something happens. */
  readonly closesAt?: string;
  /** When it failed, on the service's clock, if known. */
  readonly failedAt?: string;
  /** When it was running again, on the service's clock. */
  readonly recoveredAt?: string;
  /** The run of a job that failed. */
  readonly jobRun?: JobRun;
  /** Who has taken it, and when; absent once it is let go again. */
  readonly acknowledgedBy?: string;
  readonly acknowledgedAt?: string;
  readonly assignedTo?: string;
  readonly signalCount: number;
  readonly failureKey: string;
  readonly previousIncidentId?: string;
  /** Notices of Azure about it that are active; the last one that is over takes it back. */
  readonly alerts?: readonly string[];
  /** What would have taken it back, had a person not had it: most senders tell that once, so it ends it when it is released. */
  readonly overBy?: Recovery;
  /** The region that was out when it opened: the incident of the region speaks to people for this one. */
  readonly outageOf?: string;
  /** Reports that were taken out into incidents of their own, oldest first (C9). */
  readonly splits?: readonly Split[];
  /** The incident that its report was taken out of. */
  readonly splitFrom?: TicketId;
  readonly opening: OpeningDecision;
  /** What people will be told when the silence over it ends. */
  readonly keptBack?: KeptBack;
  /** Number of the run that acts for it, if any. */
  readonly activeRun?: number;
  /** Next moment at which something has to happen; the watchdog looks after it. */
  readonly nextDueAt?: string;
  /** The turn of its run in the budget of a workspace. It waits for it only as long as that is what is due next. */
  readonly budgetTurn?: BudgetTurn;
  readonly lastEventSeq: number;
  readonly lastEventHash: string;
}

export interface BudgetTurn {
  readonly workspace: string;
  /** ISO instant at which it asks again. */
  readonly at: string;
}

/** Whoever moves a run on, ends or pauses it sets another due time or none: its turn is over then, without a word. */
export function budgetTurnOf({ budgetTurn, nextDueAt }: Incident): BudgetTurn | undefined {
  return budgetTurn?.at === nextDueAt ? budgetTurn : undefined;
}

/** A person who has taken an incident works on it: nothing acts by itself meanwhile (E3). */
export function isTakenByHuman(incident: Pick<Incident, 'acknowledgedAt'>): boolean {
  return incident.acknowledgedAt !== undefined;
}

/** Of an incident that failed again, or is said to be no better: what was reported before does not end it any more. */
export function failedAgain(incident: Incident): Incident {
  const { overBy: _void, ...rest } = incident;
  return rest;
}

/** Legal transitions: state -> states it may go to. Anything else is refused. */
export const transitions = {
  open: ['remediating', 'verifying', 'resolved', 'escalated', 'suppressed'],
  remediating: ['verifying', 'escalated', 'resolved'],
  verifying: ['resolved', 'remediating', 'escalated'],
  escalated: ['remediating', 'verifying', 'resolved', 'closed'],
  suppressed: ['open', 'remediating', 'verifying', 'escalated', 'resolved', 'closed'],
  resolved: ['closed', 'open'],
  closed: [],
} as const satisfies Record<IncidentState, readonly IncidentState[]>;

export function canGo(from: IncidentState, to: IncidentState): boolean {
  const legal: readonly IncidentState[] = transitions[from];
  return legal.includes(to);
}

/** The incident in its new state; staying is allowed, anything the table does not list is `Refused`. */
export function moved(incident: Incident, to: IncidentState, change: Partial<Incident> = {}): Incident {
  if (incident.state !== to && !canGo(incident.state, to)) {
    throw new Refused('illegal-transition', `${incident.id} is ${incident.state} and cannot become ${to}`);
  }
  return { ...incident, ...change, state: to };
}

/** A further failure of the subject joins an incident in one of these states; after them it opens a new one. */
export function takesJoins(state: IncidentState): boolean {
  return state !== 'resolved' && state !== 'closed';
}

/** The states of what is called an open incident. */
export const openStates: readonly IncidentState[] = incidentStates.filter(takesJoins);
