// Listed clusters and warehouses that are on no page of the list: gone for good, since their ids never come back. Told once.
import type { Component } from '../../domain/estate/components.ts';
import type { Estate } from '../../domain/estate/estate.ts';
import { workspacesOf } from '../../domain/estate/lookup.ts';
import { hashOf, signalIdOf } from '../../domain/ids.ts';
import type { ComponentSignal } from '../../domain/signals/signal.ts';
import { windowAround } from '../../domain/standing-orders/orders-over.ts';
import type { Workspace } from '../../ports/workspace.ts';
import { signalMessage } from '../accept-signal.ts';
import { Refusals } from './refusals.ts';
import type { Found, WarehousePollPorts } from './warehouses.ts';

type Listed = Extract<Component, { kind: 'cluster' | 'warehouse' }>;

/** What the estate lists of one kind in one workspace, less what was seen. */
export class ListedComponents {
  readonly #unseen: Map<string, Listed>;

  constructor(estate: Estate, workspace: string, kind: Listed['kind']) {
    const place = workspacesOf(estate).find((one) => one.workspace.name === workspace)?.workspace;
    const listed = (place?.components ?? []).filter((one): one is Listed => one.kind === kind);
    this.#unseen = new Map(listed.map((component) => [component.id, component]));
  }

  see(page: readonly { readonly id: string }[]): void {
    for (const { id } of page) this.#unseen.delete(id);
  }

  get unseen(): readonly Listed[] {
    return [...this.#unseen.values()];
  }
}

/** After the last page. What was told is not looked for again, and in a maintenance window nothing is. */
export async function tellGone(
  ports: WarehousePollPorts,
  workspace: Workspace,
  { unseen }: ListedComponents,
): Promise<Found> {
  let [failures, sent] = [0, 0];
  const refusals = new Refusals();
  for (const component of unseen) {
    const { kind, id } = component;
    const about = { component: { workspace: workspace.name, kind, id }, at: ports.clock.now() };
    if (windowAround(ports.estate, ports.orders, about)) continue;
    failures += 1;
    const signal = signalOf(component, workspace.name, ports.clock.now().toISOString());
    // A list may lag behind; whoever asks for the thing itself is told.
    if (await ports.signals.get(signal.id)) continue;
    if ((await refusals.past(async () => await isThere(workspace, component))) !== false) continue;
    await ports.bus.send([signalMessage(signal)]);
    sent += 1;
  }
  return { failures, sent, refused: refusals.told };
}

async function isThere(workspace: Workspace, component: Listed): Promise<boolean> {
  if (component.kind === 'cluster') return (await workspace.cluster(component.id)) !== undefined;
  const warehouse = await workspace.warehouses.get(component.id);
  return warehouse !== undefined && warehouse.state !== 'DELETED';
}

function signalOf({ kind, id: component, name }: Listed, workspace: string, receivedAt: string): ComponentSignal {
  const id = signalIdOf(hashOf(`poll|${kind}.missing|${workspace}|${component}`));
  const rawSubject = `${kind}/${component}`;
  const common = {
    schemaVersion: 1,
    id,
    source: 'poll',
    receivedAt,
    correlationId: id,
    rawSubject,
    workspace,
  } as const;
  if (kind === 'cluster') return { ...common, kind, event: 'cluster.missing', clusterId: component, clusterName: name };
  return { ...common, kind, event: 'warehouse.missing', componentId: component, componentName: name };
}
