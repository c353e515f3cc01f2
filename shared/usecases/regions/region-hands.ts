// The hands of a region's run: who waits for the region, and how they are let go on.
import type { Estate } from '../../domain/estate/estate.ts';
import { isTicketId } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { gateReasons } from '../../domain/playbooks/gate.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GateStore } from '../../ports/gate-store.ts';
import type { IncidentFile, IncidentStore } from '../../ports/incident-store.ts';
import type { RegionHands } from '../../ports/region-hands.ts';
import type { RegionStore } from '../../ports/region-store.ts';
import { goOnMessage } from '../run-message.ts';

/** Failures from so long before the incident are its children too, in seconds of operations. */
const REACH_SECONDS = 3600;
/** Partitions read at the same time. */
const READERS = 16;
const MINUTE_SECONDS = 60;

export interface RegionHandsPorts {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly bus: Bus;
  readonly gate: GateStore;
  readonly incidents: IncidentStore;
  readonly regions: RegionStore;
}

interface Waiting {
  readonly incident: Incident;
  readonly run: Run;
}

/** Undefined for an incident that is not about a region. */
export function regionHandsOf(
  ports: RegionHandsPorts,
  incident: Pick<Incident, 'component' | 'openedAt'>,
): RegionHands | undefined {
  const { component } = incident;
  if (component.kind !== 'region') return undefined;
  const region = component.id;
  const pacePerMinute = ports.estate.budgets.actsPerMinute;
  const waiting = () => waitingFor(ports, region, childrenFrom(ports.clock, incident));
  return {
    region,
    pacePerMinute,
    state: async () => (await ports.gate.read()).regions.find((state) => state.region === region),
    held: async () => (await waiting()).map(({ incident }) => ({ incidentId: incident.id, subject: incident.subject })),
    async release(lastLook) {
      const found = await waiting();
      const because = await lastLook();
      if (because !== undefined) return { because };
      const messages = found.map(({ incident, run }, at) => {
        const dueAt = ports.clock.after((at * MINUTE_SECONDS) / pacePerMinute).toISOString();
        return goOnMessage(incident.id, run, dueAt);
      });
      await ports.bus.send(messages);
      return { released: messages.length };
    },
  };
}

/** From when on failures of components are children of a region's incident. */
export function childrenFrom(clock: Clock, { openedAt }: Pick<Incident, 'openedAt'>): string {
  const reachMs = clock.millisecondsOf(REACH_SECONDS);
  return new Date(Date.parse(openedAt) - reachMs).toISOString();
}

async function waitingFor(ports: RegionHandsPorts, region: string, since: string): Promise<readonly Waiting[]> {
  const waiting: Waiting[] = [];
  for await (const page of ports.regions.toldSince(region, since)) {
    const ids = [...new Set(page.map(({ told }) => told.incidentId))].filter((id) => isTicketId(id));
    const files = await inTurn(ids, (id) => ports.incidents.load(id));
    waiting.push(...files.flatMap((file) => waitingRunOf(file)));
  }
  return waiting;
}

function waitingRunOf(file: IncidentFile | undefined): Waiting[] {
  const run = file?.runs.find(({ number }) => number === file.incident.activeRun);
  if (!file || run?.state.name !== 'held' || run.state.because !== gateReasons['region-in-outage']) return [];
  return [{ incident: file.incident, run }];
}

async function inTurn<Key, Value>(keys: readonly Key[], read: (key: Key) => Promise<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for (let at = 0; at < keys.length; at += READERS) {
    values.push(...(await Promise.all(keys.slice(at, at + READERS).map(read))));
  }
  return values;
}
