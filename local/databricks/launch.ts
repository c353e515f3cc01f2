// What a cluster asks for when it comes up, restarts or grows, and what then stands in its way: pools first, then the obstacles.
import type { Cluster, Moment, TerminationReason } from './cluster.ts';
import { wantedWorkers } from './cluster.ts';
import type { Spec } from './cluster-spec.ts';
import { addedWorkers, clusterNodes, type NodeRequest } from './node-request.ts';
import { momentOf, type WorkspaceState } from './state.ts';

/** All its machines are asked for anew. */
export function launching({ id }: Pick<Cluster, 'id'>, spec: Spec, workspace: WorkspaceState): Moment {
  const machines = () => machinesFor(spec, wantedWorkers(spec), () => clusterNodes(spec), workspace);
  return { ...momentOf(workspace), obstacle: () => obstacle(id, spec, machines(), workspace) };
}

/** It keeps its machines: only its configuration is tried again. */
export function restarting({ id, spec }: Pick<Cluster, 'id' | 'spec'>, workspace: WorkspaceState): Moment {
  return { ...momentOf(workspace), obstacle: () => obstacle(id, spec, [], workspace) };
}

/** Only the workers that it does not have yet are asked for. */
export function growing({ id, workers }: Cluster, spec: Spec, workspace: WorkspaceState): Moment {
  const more = Math.max(0, wantedWorkers(spec) - workers);
  const machines = () => machinesFor(spec, more, () => addedWorkers(spec, workers), workspace, false);
  return { ...momentOf(workspace), obstacle: () => (more === 0 ? undefined : obstacle(id, {}, machines(), workspace)) };
}

/** The machines that a running cluster needs for other settings: all, unless they are of the same kind and number. */
export function editing(cluster: Cluster, spec: Spec, workspace: WorkspaceState): Moment {
  const isSame = JSON.stringify(machinesOf(cluster.spec)) === JSON.stringify(machinesOf(spec));
  return isSame ? restarting({ id: cluster.id, spec }, workspace) : launching(cluster, spec, workspace);
}

function machinesOf(spec: Spec): unknown {
  return [spec.instance_pool_id, spec.driver_instance_pool_id, clusterNodes(spec)];
}

function machinesFor(
  spec: Spec,
  workers: number,
  own: () => NodeRequest[],
  { pools }: WorkspaceState,
  withDriver = true,
): readonly NodeRequest[] | TerminationReason {
  return spec.instance_pool_id === undefined ? own() : pools.draw(spec, workers, withDriver);
}

function obstacle(
  id: string,
  spec: Spec,
  machines: readonly NodeRequest[] | TerminationReason,
  { obstacles, region }: WorkspaceState,
): TerminationReason | undefined {
  return 'code' in machines ? machines : obstacles.bite({ id, region, nodes: machines, spec });
}
