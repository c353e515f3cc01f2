// What every operator's command is given, decides and answers.
import type { Estate } from '../../domain/estate/estate.ts';
import type { TicketId } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import type { Operator } from '../../domain/incidents/operator.ts';
import type { IncidentRecords } from '../../domain/incidents/report.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import type { News } from '../../domain/notification/compose-messages.ts';
import type { Message } from '../../domain/notification/message.ts';
import type { Attempt, Run, StepRecord } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Guards } from '../../ports/guards.ts';
import type { IncidentFile, SubjectStore, TicketCounter } from '../../ports/incident-store.ts';
import type { Log } from '../../ports/log.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import type { HandOverPorts } from '../hand-over.ts';

export interface CommandPorts extends HandOverPorts {
  readonly estate: Estate;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly guards: Guards;
  readonly subjects: SubjectStore;
  readonly tickets: TicketCounter;
  readonly signals: SignalStore;
  /** A name for this invocation that no other one has: the id of its guard. */
  newOwner(): string;
}

/** Which versions of the incident the operator has seen; `any` means: whatever it is by now. */
export type IfMatch = 'any' | readonly string[];

export interface CommandOrder {
  readonly incidentId: TicketId;
  readonly operator: Operator;
  readonly ifMatch: IfMatch;
  /** The same key with the same fingerprint is the same order, and is answered as the first time. */
  readonly key?: { readonly id: string; readonly fingerprint: string };
}

export interface RunOrder extends CommandOrder {
  readonly run: number;
  /** Identity of what the person was asked: the order is for that and nothing else. */
  readonly asked?: string;
}

/** What a command makes of the incident. */
export interface Decided {
  readonly incident: Incident;
  readonly runs?: readonly Run[];
  readonly steps?: readonly StepRecord[];
  readonly attempts?: readonly Attempt[];
  readonly events: readonly TimelineEntry[];
  /** What people are told. */
  readonly news?: Omit<News, 'occasion'>;
  /** What was kept back and goes out now. */
  readonly messages?: readonly Message[];
  /** The run that goes on: its message is sent. */
  readonly advance?: Run;
}

/** Writes nothing to the incident; throws `Refused` when the state does not allow it. `now` is an ISO instant. */
export type Decide = (file: IncidentFile, now: string) => Decided | Promise<Decided>;

/** The incident as the command left it. */
export interface Commanded {
  readonly records: IncidentRecords;
  /** The order had been carried out before: this is its answer again. */
  readonly repeated: boolean;
}
