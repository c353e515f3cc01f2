// What looking after dead letters needs from the world.
import type { Estate } from '../../domain/estate/estate.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeadLetterStore } from '../../ports/dead-letter-store.ts';
import type { IncidentStore, SubjectStore, TicketCounter } from '../../ports/incident-store.ts';
import type { Log } from '../../ports/log.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import type { HandOverPorts } from '../hand-over.ts';

export interface DeadLetterPorts extends HandOverPorts {
  readonly deadLetters: DeadLetterStore;
  readonly incidents: IncidentStore;
  readonly subjects: SubjectStore;
  readonly tickets: TicketCounter;
  readonly signals: SignalStore;
  readonly estate: Estate;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}
