// How fresh each source is, and which of them is in trouble (A9). One that was never heard or read is shown too: that is what one looks for.
import type { SourceState } from '../domain/own-health/source-state.ts';
import { type SourceTrouble, TROUBLE_AFTER_SECONDS, troubleOf } from '../domain/own-health/source-trouble.ts';
import type { AzureEvents } from '../ports/azure-events.ts';
import type { Clock } from '../ports/clock.ts';
import type { SourceLog } from '../ports/source-log.ts';
import type { StatusPage } from '../ports/status-page.ts';
import type { Workspaces } from '../ports/workspace.ts';

export interface SourcePorts {
  readonly clock: Clock;
  readonly sources: SourceLog;
  readonly workspaces: Workspaces;
  readonly azureEvents: AzureEvents;
  readonly statusPage: StatusPage | undefined;
}

export interface ShownSource extends SourceState {
  readonly trouble: SourceTrouble | null;
}

/** What is sent to us: the doors, told apart as they note what they hear. */
const PUSHED = ['databricks-monitor', 'monitor-alert', 'service-health'] as const;

/** By name. */
export async function showSources(ports: SourcePorts): Promise<readonly ShownSource[]> {
  const before = troubleBefore(ports.clock);
  return (await statesOf(ports)).map((state) => ({ ...state, trouble: troubleOf(state, before) ?? null }));
}

export interface TroubledSource extends SourceTrouble {
  readonly source: string;
}

export async function troubledSources(ports: SourcePorts): Promise<readonly TroubledSource[]> {
  const before = troubleBefore(ports.clock);
  return (await statesOf(ports)).flatMap((state) => {
    const trouble = troubleOf(state, before);
    return trouble ? [{ source: state.source, ...trouble }] : [];
  });
}

/** Of those that there are: one that the estate no longer has would else be in its last trouble for ever. */
async function statesOf(ports: SourcePorts): Promise<readonly SourceState[]> {
  const known = new Map((await ports.sources.all()).map((state) => [state.source, state]));
  return expected(ports)
    .sort()
    .map((source) => known.get(source) ?? { source, missed: 0 });
}

function expected({ workspaces, azureEvents, statusPage }: SourcePorts): string[] {
  return [
    ...PUSHED,
    ...workspaces.names.map((name) => `databricks/${name}`),
    ...azureEvents.subscriptions.flatMap((id) => [`health-events/${id}`, `alerts/${id}`]),
    ...(statusPage ? ['status-page'] : []),
  ];
}

/** What began no later than this has lasted long enough to be a finding. */
function troubleBefore(clock: Clock): Date {
  const now = clock.now().getTime();
  return new Date(now - clock.millisecondsOf(TROUBLE_AFTER_SECONDS));
}
