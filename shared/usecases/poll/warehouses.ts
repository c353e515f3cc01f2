// Looks for warehouses that failed and that nobody reported (B1). The service tells no times of them, so a failure is told from the next one
// by what became of the last: while its incident is open nothing is sent, and after it the same finding is a new one (A5).
import { classify } from '../../domain/classification/classify.ts';
import type { Estate } from '../../domain/estate/estate.ts';
import { rulesOf } from '../../domain/estate/lookup.ts';
import { hashOf, signalIdOf } from '../../domain/ids.ts';
import { takesJoins } from '../../domain/incidents/incident.ts';
import { subjectOf } from '../../domain/incidents/subject.ts';
import type { ComponentEvent } from '../../domain/signals/component-events.ts';
import type { OtherComponentSignal } from '../../domain/signals/signal.ts';
import { windowAround } from '../../domain/standing-orders/orders-over.ts';
import type { StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentStore, SubjectStore } from '../../ports/incident-store.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import type { Warehouse } from '../../ports/workspace-warehouses.ts';
import { signalMessage } from '../accept-signal.ts';
import { currentIncident } from '../current-incident.ts';
import { recordedOutcome } from '../signal/outcomes.ts';
import { Trail } from '../signal/trail.ts';
import type { WarehouseBaseline } from './warehouse-baseline.ts';

export interface WarehousePollPorts {
  readonly estate: Estate;
  readonly orders: readonly StandingOrder[];
  readonly signals: SignalStore;
  readonly incidents: IncidentStore;
  readonly subjects: SubjectStore;
  readonly bus: Bus;
  readonly clock: Clock;
}

export interface Found {
  readonly failures: number;
  readonly sent: number;
  /** What could not be looked at. */
  readonly refused?: readonly string[];
}

export async function pollWarehouses(
  ports: WarehousePollPorts,
  workspace: string,
  page: readonly Warehouse[],
  baseline: WarehouseBaseline,
): Promise<Found> {
  let [failures, sent] = [0, 0];
  for (const warehouse of page) {
    if (hasFailed(warehouse) === false) baseline.sawWell(warehouse.id);
    const event = failureOf(ports, workspace, warehouse);
    if (!event) continue;
    failures += 1;
    const { listed } = rulesOf(ports.estate, { workspace, kind: 'warehouse', id: warehouse.id });
    const isBaseline = !listed && baseline.has(warehouse.id);
    const signal = await signalOf(ports, workspace, warehouse, { event, before: isBaseline ? 'baseline' : 'first' });
    if (!signal || (await ports.signals.get(signal.id))) continue;
    if (isBaseline) {
      await recordBaseline(ports, signal, workspace);
      continue;
    }
    await ports.bus.send([signalMessage(signal)]);
    sent += 1;
  }
  return { failures, sent };
}

/** What is wrong with it. Being STOPPED is normal, unless it has to run always or could not start. Inside a maintenance window nothing is. */
function failureOf(
  { estate, orders, clock }: WarehousePollPorts,
  workspace: string,
  warehouse: Warehouse,
): ComponentEvent | undefined {
  const { id, state } = warehouse;
  const component = { workspace, kind: 'warehouse', id } as const;
  if (windowAround(estate, orders, { component, at: clock.now() })) return undefined;
  if (hasFailed(warehouse)) return 'warehouse.failed';
  return state === 'STOPPED' && rulesOf(estate, component).alwaysOn ? 'warehouse.stopped' : undefined;
}

/** undefined while it is on its way to something. */
function hasFailed({ state, health }: Warehouse): boolean | undefined {
  if (state === 'RUNNING') return health?.status === 'FAILED';
  return state === 'STOPPED' ? health?.reason !== undefined && !classify(health.reason).benign : undefined;
}

/** undefined while its incident is open: everybody knows. */
async function signalOf(
  ports: WarehousePollPorts,
  workspace: string,
  { id, name, state, health }: Warehouse,
  { event, before }: { readonly event: ComponentEvent; readonly before: 'baseline' | 'first' },
): Promise<OtherComponentSignal | undefined> {
  const { file } = await currentIncident(ports, subjectOf({ kind: 'warehouse', workspace, id }));
  if (file && takesJoins(file.incident.state)) return undefined;
  const key = [workspace, id, event, health?.reason?.code ?? '', file?.incident.id ?? before];
  const signalId = signalIdOf(hashOf(`poll|warehouse|${key.join('|')}`));
  return {
    schemaVersion: 1,
    kind: 'warehouse',
    id: signalId,
    source: 'poll',
    receivedAt: ports.clock.now().toISOString(),
    correlationId: signalId,
    rawSubject: `warehouse/${id}`,
    workspace,
    event,
    componentId: id,
    componentName: name.slice(0, 200),
    state,
    ...(health?.reason ? { reason: health.reason } : {}),
    ...(health?.summary ? { text: health.summary.slice(0, 2_000) } : {}),
  };
}

async function recordBaseline(
  ports: WarehousePollPorts,
  signal: OtherComponentSignal,
  workspace: string,
): Promise<void> {
  const trail = new Trail();
  trail.note('poll', 'baseline', 'failed-before-first-contact');
  const message = 'It had failed when Lakewarden first looked at this workspace: recorded, not ticketed.';
  const subject = subjectOf({ kind: 'warehouse', workspace, id: signal.componentId });
  await ports.signals.record(recordedOutcome(ports, signal, subject, message, trail));
}
