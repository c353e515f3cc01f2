// Listed clusters and warehouses that are on no page of the list. Their ids never come back, so each is told once; but one that was told
// of and is there was a false alarm: that is told too, and once it goes after all it is told again.
import type { Component } from '../../domain/estate/components.ts';
import type { Estate } from '../../domain/estate/estate.ts';
import { workspacesOf } from '../../domain/estate/lookup.ts';
import { hashOf, isTicketId, type SignalId, signalIdOf } from '../../domain/ids.ts';
import { isTakenByHuman, takesJoins } from '../../domain/incidents/incident.ts';
import { subjectOf } from '../../domain/incidents/subject.ts';
import { goesByItself } from '../../domain/runbooks/run.ts';
import type { ComponentSignal } from '../../domain/signals/signal.ts';
import { windowAround } from '../../domain/standing-orders/orders-over.ts';
import type { IncidentIndex, IncidentSummary } from '../../ports/incident-store.ts';
import type { Workspace } from '../../ports/workspace.ts';
import { signalMessage } from '../accept-signal.ts';
import { Refusals } from './refusals.ts';
import type { Found, WarehousePollPorts } from './warehouses.ts';

/** Of each kind, the newest: listed components are few, and each is told once. */
const MOST_TOLD = 200;

type Listed = Extract<Component, { kind: 'cluster' | 'warehouse' }>;

/** What the estate lists of one kind in one workspace, less what was seen. */
export class ListedComponents {
  readonly kind: Listed['kind'];
  readonly seen: Listed[] = [];
  readonly #unseen: Map<string, Listed>;

  constructor(estate: Estate, workspace: string, kind: Listed['kind']) {
    const place = workspacesOf(estate).find((one) => one.workspace.name === workspace)?.workspace;
    const listed = (place?.components ?? []).filter((one): one is Listed => one.kind === kind);
    this.kind = kind;
    this.#unseen = new Map(listed.map((component) => [component.id, component]));
  }

  see(page: readonly { readonly id: string }[]): void {
    for (const { id } of page) {
      const listed = this.#unseen.get(id);
      if (listed && this.#unseen.delete(id)) this.seen.push(listed);
    }
  }

  get unseen(): readonly Listed[] {
    return [...this.#unseen.values()];
  }
}

export interface GonePorts extends WarehousePollPorts {
  readonly index: IncidentIndex;
}

/** After the last page. What was told is not looked for again, and in a maintenance window nothing is. */
export async function tellGone(ports: GonePorts, workspace: Workspace, listed: ListedComponents): Promise<Found> {
  const { kind, seen, unseen } = listed;
  const told = await toldMissing(ports, kind);
  let [failures, sent] = [0, 0];
  const refusals = new Refusals();
  for (const component of seen) {
    const last = told.get(subjectIn(workspace, component));
    if (last) sent += await tellBack(ports, workspace, component, last);
  }
  for (const component of unseen) {
    const about = { component: { workspace: workspace.name, kind, id: component.id }, at: ports.clock.now() };
    if (windowAround(ports.estate, ports.orders, about)) continue;
    failures += 1;
    const id = await newFinding(ports, workspace, component, told.get(subjectIn(workspace, component)));
    // A list may lag behind; whoever asks for the thing itself is told.
    if (!id || (await refusals.past(async () => await isThere(workspace, component))) !== false) continue;
    await ports.bus.send([signalMessage(signalOf(ports, workspace, { component, id, is: 'missing' }))]);
    sent += 1;
  }
  return { failures, sent, refused: refusals.told };
}

/** The newest incident of each subject that was told as missing, open or over. */
async function toldMissing({ index }: GonePorts, kind: Listed['kind']): Promise<ReadonlyMap<string, IncidentSummary>> {
  const failureClass = kind === 'cluster' ? 'DatabricksClusterMissing' : 'DatabricksWarehouseMissing';
  const { incidents } = await index.list({ failureClass }, MOST_TOLD);
  return new Map(incidents.toReversed().map((incident) => [incident.subject, incident]));
}

/** undefined: it was told, and not seen since. */
async function newFinding(
  { signals }: GonePorts,
  { name }: Workspace,
  { kind, id: component }: Listed,
  last: IncidentSummary | undefined,
): Promise<SignalId | undefined> {
  if (last && !(await signals.get(backId(last)))) return undefined;
  const id = signalIdOf(hashOf(`poll|${kind}.missing|${name}|${component}${last ? `|${last.id}` : ''}`));
  return (await signals.get(id)) ? undefined : id;
}

/** Once for each incident. A run of ours that acts for it finds out by itself, and a person who has taken it says so. */
async function tellBack(
  ports: GonePorts,
  workspace: Workspace,
  component: Listed,
  last: IncidentSummary,
): Promise<0 | 1> {
  const id = backId(last);
  if (!isTicketId(last.id) || (await ports.signals.get(id))) return 0;
  const file = takesJoins(last.state) ? await ports.incidents.load(last.id) : undefined;
  const isActedFor = file?.runs.some((run) => run.number === file.incident.activeRun && goesByItself(run));
  if (file && (isActedFor || isTakenByHuman(file.incident))) return 0;
  await ports.bus.send([signalMessage(signalOf(ports, workspace, { component, id, is: 'as_before' }))]);
  return 1;
}

function backId({ id }: IncidentSummary): SignalId {
  return signalIdOf(hashOf(`poll|there-again|${id}`));
}

function subjectIn({ name: workspace }: Workspace, { kind, id }: Listed): string {
  return subjectOf({ kind, workspace, id });
}

async function isThere(workspace: Workspace, component: Listed): Promise<boolean> {
  if (component.kind === 'cluster') return (await workspace.cluster(component.id)) !== undefined;
  const warehouse = await workspace.warehouses.get(component.id);
  return warehouse !== undefined && warehouse.state !== 'DELETED';
}

interface Finding {
  readonly component: Listed;
  readonly id: SignalId;
  readonly is: 'missing' | 'as_before';
}

function signalOf(
  { clock }: GonePorts,
  { name: workspace }: Workspace,
  { component: { kind, id: component, name }, id, is }: Finding,
): ComponentSignal {
  const common = {
    schemaVersion: 1,
    id,
    source: 'poll',
    receivedAt: clock.now().toISOString(),
    correlationId: id,
    rawSubject: `${kind}/${component}`,
    workspace,
  } as const;
  if (kind === 'cluster') return { ...common, kind, event: `${kind}.${is}`, clusterId: component, clusterName: name };
  return { ...common, kind, event: `${kind}.${is}`, componentId: component, componentName: name };
}
