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
}

export interface ShowSourcesPorts extends SourcePorts {
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
export async function showSources(ports: ShowSourcesPorts): Promise<readonly ShownSource[]> {
  const before = troubleBefore(ports.clock);
  const known = await ports.sources.all();
  const unheard = expected(ports).filter((name) => !known.some(({ source }) => source === name));
  return [...known, ...unheard.map((source) => ({ source, missed: 0 }))]
    .map((state) => ({ ...state, trouble: troubleOf(state, before) ?? null }))
    .sort((a, b) => (a.source < b.source ? -1 : 1));
}

export interface TroubledSource extends SourceTrouble {
  readonly source: string;
}

export async function troubledSources({ clock, sources }: SourcePorts): Promise<readonly TroubledSource[]> {
  const before = troubleBefore(clock);
  return (await sources.all()).flatMap((state) => {
    const trouble = troubleOf(state, before);
    return trouble ? [{ source: state.source, ...trouble }] : [];
  });
}

function expected({ workspaces, azureEvents, statusPage }: ShowSourcesPorts): string[] {
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
