// Every minute: weigh what the witnesses say of each region of the estate. What changes is a signal like any other, and holds at the gate at once.
import type { Estate } from '../../domain/estate/estate.ts';
import { regionsOf, workspacesOf } from '../../domain/estate/lookup.ts';
import { hashOf, signalIdOf } from '../../domain/ids.ts';
import { takesJoins } from '../../domain/incidents/incident.ts';
import { subjectOf } from '../../domain/incidents/subject.ts';
import { assessRegion } from '../../domain/regions/assess-region.ts';
import {
  COMPONENT_WINDOW_SECONDS,
  type FailedComponent,
  testimonyOfComponents,
} from '../../domain/regions/component-failures.ts';
import { CALM_SECONDS, nextRegionState } from '../../domain/regions/next-region-state.ts';
import type { RegionState } from '../../domain/regions/region-state.ts';
import type { OtherComponentSignal } from '../../domain/signals/signal.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GateStore } from '../../ports/gate-store.ts';
import type { IncidentStore, SubjectStore } from '../../ports/incident-store.ts';
import type { Log } from '../../ports/log.ts';
import type { RegionStore } from '../../ports/region-store.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import type { WitnessStore } from '../../ports/witness-store.ts';
import { signalMessage } from '../accept-signal.ts';
import { currentIncident } from '../current-incident.ts';
import { isActedFor } from '../take-back.ts';

/** More failed components than this say no more. */
const MOST_FAILED = 1_000;
const TEXT_LIMIT = 1_900;

export interface AssessPorts {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly bus: Bus;
  readonly log: Log;
  readonly gate: GateStore;
  readonly witnesses: WitnessStore;
  readonly regions: RegionStore;
  readonly signals: SignalStore;
  readonly incidents: IncidentStore;
  readonly subjects: SubjectStore;
}

export async function assessRegions(ports: AssessPorts): Promise<readonly RegionState[]> {
  const known = new Map((await ports.gate.read()).regions.map((state) => [state.region, state]));
  const regions = regionsOf(ports.estate);
  const looks = await Promise.allSettled(regions.map((region) => assess(ports, region, known.get(region))));
  const states = looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : []));
  for (const state of states) known.set(state.region, state);
  const told = await Promise.allSettled(states.map((state) => tell(ports, state, [...known.values()])));
  const failed = [...looks, ...told].find((end) => end.status === 'rejected');
  // Only trouble of our own is thrown; it has kept no other region from being judged and told of.
  if (failed) throw failed.reason;
  return states;
}

async function assess(ports: AssessPorts, region: string, known: RegionState | undefined): Promise<RegionState> {
  const state = await lookAt(ports, region, known);
  // It holds before anybody hears of it: no remedy starts in between.
  await ports.gate.setRegion(state);
  if (known?.verdict !== state.verdict || known.seen !== state.seen) {
    const { verdict, seen, words } = state;
    ports.log.info('region stands otherwise', { region, verdict, seen, because: words });
  }
  return state;
}

async function lookAt(ports: AssessPorts, region: string, before: RegionState | undefined): Promise<RegionState> {
  const { clock, witnesses } = ports;
  const now = clock.now();
  const components = testimonyOfComponents(region, await failedLately(ports, region, now), {
    now,
    validUntil: clock.after(CALM_SECONDS),
  });
  const said = [...(await witnesses.of(region)), ...(components ? [components] : [])];
  return nextRegionState(before, region, assessRegion(said, now), { now, calmMs: clock.millisecondsOf(CALM_SECONDS) });
}

async function failedLately(ports: AssessPorts, region: string, now: Date): Promise<FailedComponent[]> {
  const windowMs = ports.clock.millisecondsOf(COMPONENT_WINDOW_SECONDS);
  const failed: FailedComponent[] = [];
  for await (const page of ports.regions.toldSince(region, new Date(now.getTime() - windowMs).toISOString())) {
    failed.push(...page.map(({ told: { subject }, weight }) => ({ subject, weight })));
    if (failed.length >= MOST_FAILED) break;
  }
  return failed;
}

/** Sent again until it has been handled: a change is one signal, however often it is seen. */
async function tell(ports: AssessPorts, state: RegionState, all: readonly RegionState[]): Promise<void> {
  const event = eventOf(state);
  if (event === undefined) return;
  const { region, verdict, since } = state;
  if (event === 'region.recovered' && !(await awaitsRecovery(ports, region))) return;
  const id = signalIdOf(hashOf(`region|${region}|${verdict}|${since}`));
  if (await ports.signals.get(id)) return;
  const signal: OtherComponentSignal = {
    schemaVersion: 1,
    kind: 'region',
    id,
    source: 'lakewarden',
    receivedAt: ports.clock.now().toISOString(),
    correlationId: id,
    rawSubject: subjectOf({ kind: 'region', workspace: null, id: region }),
    event,
    componentId: region,
    state: verdict,
    failedAt: since,
    text: `${state.words}${peerWords(ports.estate, region, all)}`.slice(0, TEXT_LIMIT),
  };
  await ports.bus.send([signalMessage(signal)]);
}

function eventOf({ verdict }: RegionState): OtherComponentSignal['event'] | undefined {
  switch (verdict) {
    case 'outage':
      return 'region.outage';
    case 'degraded':
      return 'region.degraded';
    case 'healthy':
      return 'region.recovered';
    case 'unknown':
      return undefined;
  }
}

/** A run that acts for it finds out by itself; should that fail, it is told then. */
async function awaitsRecovery(ports: AssessPorts, region: string): Promise<boolean> {
  const { file } = await currentIncident(ports, subjectOf({ kind: 'region', workspace: null, id: region }));
  return file !== undefined && takesJoins(file.incident.state) && !isActedFor(file);
}

/** Said before anyone fails over into it: how the other side of each pair stands (C8). */
function peerWords(estate: Estate, region: string, all: readonly RegionState[]): string {
  const here = workspacesOf(estate).filter(({ workspace }) => workspace.region === region);
  const peers = new Set(
    workspacesOf(estate)
      .filter(({ pair, workspace }) => workspace.region !== region && here.some((place) => place.pair === pair))
      .map(({ workspace }) => workspace.region),
  );
  return all
    .filter((state) => peers.has(state.region))
    .map((peer) => ` Its peer ${peer.region} is ${peer.verdict}${peer.verdict === 'healthy' ? '.' : `: ${peer.words}`}`)
    .join('');
}
