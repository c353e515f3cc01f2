// For whoever commits to an incident: what goes out now that no silence is over it any more. Nothing is read unless something was kept back.
import type { Estate } from '../../domain/estate/estate.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { type CameOut, cameOut } from '../../domain/incidents/kept-back.ts';
import { type GateReason, gateReasons } from '../../domain/playbooks/gate.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import { orderOver } from '../../domain/standing-orders/orders-over.ts';
import type { OrderKind, StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GateStore } from '../../ports/gate-store.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';

export interface SilencePorts {
  readonly estate: Estate;
  readonly gate: GateStore;
  readonly clock: Clock;
}

/** The incident, its messages and its words once it has come out; unchanged while it has not. */
export async function comingOut(ports: SilencePorts, incident: Incident, runs: readonly Run[]): Promise<CameOut> {
  const stays = { incident, messages: [], events: [] };
  if (!incident.keptBack || (await silenceOver(ports, incident))) return stays;
  return cameOut(incident, runs);
}

/** Nobody has heard of it, and its run finds out, now or when it asks again, whether it is well again: then nobody has to. */
export function isLeftToRun({ incident, runs }: Pick<IncidentFile, 'incident' | 'runs'>): boolean {
  const run = runs.find(({ number }) => number === incident.activeRun);
  if (!incident.keptBack?.fromOpening || !run) return false;
  return run.state.name === 'running' || isHeldBy(run, 'silence');
}

const heldReasons = {
  'maintenance-window': 'in-maintenance-window',
  freeze: 'change-freeze',
  silence: 'silenced',
} as const satisfies Record<OrderKind, GateReason>;

/** Whether it waits for the end of such an order. */
export function isHeldBy({ state }: Run, kind: OrderKind): boolean {
  return state.name === 'held' && state.because.startsWith(gateReasons[heldReasons[kind]]);
}

export async function silenceOver(
  { estate, gate, clock }: SilencePorts,
  { component, failureClass }: Pick<Incident, 'component' | 'failureClass'>,
): Promise<StandingOrder | undefined> {
  const { orders } = await gate.read();
  return orderOver(estate, orders, 'silence', { component, failureClass, at: clock.now() });
}
