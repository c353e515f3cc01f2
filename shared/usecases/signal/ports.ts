// What handling a signal needs from the world.
import type { Estate } from '../../domain/estate/estate.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Findings } from '../../ports/findings.ts';
import type { IncidentStore, SubjectStore, TicketCounter } from '../../ports/incident-store.ts';
import type { Log } from '../../ports/log.ts';
import type { NoticeStore } from '../../ports/notice-store.ts';
import type { RegionStore } from '../../ports/region-store.ts';
import type { OutcomeBoard, SignalStore } from '../../ports/signal-store.ts';
import type { SourceLog } from '../../ports/source-log.ts';
import type { WitnessStore } from '../../ports/witness-store.ts';
import type { Workspaces } from '../../ports/workspace.ts';
import type { GatePorts } from '../gate/ask.ts';
import type { HandOverPorts } from '../hand-over.ts';
import type { CountRunPorts } from './count-notified-run.ts';
import type { RecentIncidents } from './recent-incidents.ts';
import type { RecentLooks } from './recent-looks.ts';

export interface SignalPorts extends HandOverPorts, GatePorts, CountRunPorts {
  readonly estate: Estate;
  readonly remediationEnabled: boolean;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly incidents: IncidentStore;
  readonly subjects: SubjectStore;
  readonly tickets: TicketCounter;
  readonly signals: SignalStore;
  readonly regions: RegionStore;
  readonly witnesses: WitnessStore;
  readonly notices: NoticeStore;
  readonly findings: Findings;
  readonly sources: SourceLog;
  readonly board: OutcomeBoard;
  readonly workspaces: Workspaces;
  readonly recent: RecentIncidents;
  readonly looks: RecentLooks;
}
