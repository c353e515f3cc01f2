// Which machines a cluster or a warehouse asks Azure for. Stock and quota are judged on this alone.
import { wantedWorkers } from './cluster.ts';
import type { Spec } from './cluster-spec.ts';

export interface NodeRequest {
  readonly nodeType: string;
  readonly nodes: number;
  readonly tier: 'on-demand' | 'spot' | 'spot-or-on-demand';
}

/** Default of `first_on_demand` and `availability`. [doc: azure_attributes] */
const DEFAULT_FIRST_ON_DEMAND = 1;

/** The driver, and so many workers: all that are wanted unless said otherwise. */
export function clusterNodes(spec: Spec, workers = wantedWorkers(spec)): NodeRequest[] {
  const workerType = String(spec.node_type_id ?? '');
  const driverType = String(spec.driver_node_type_id ?? workerType);
  const nodeTypes = [driverType, ...Array.from({ length: workers }, () => workerType)];
  return grouped(nodeTypes.map((nodeType, index) => ({ nodeType, nodes: 1, tier: tierOf(spec, index) })));
}

/** Workers only: what a resize adds. */
export function addedWorkers(spec: Spec, have: number): NodeRequest[] {
  const wanted = wantedWorkers(spec);
  const nodeType = String(spec.node_type_id ?? '');
  const indexes = Array.from({ length: Math.max(0, wanted - have) }, (_, index) => 1 + have + index);
  return grouped(indexes.map((index) => ({ nodeType, nodes: 1, tier: tierOf(spec, index) })));
}

/** [learn.microsoft.com/azure/databricks/compute/sql-warehouse: cluster sizes] */
export const WAREHOUSE_SIZES: Readonly<Record<string, { driver: string; workers: number }>> = {
  '2X-Small': { driver: 'Standard_E8ds_v4', workers: 1 },
  'X-Small': { driver: 'Standard_E8ds_v4', workers: 2 },
  Small: { driver: 'Standard_E16ds_v4', workers: 4 },
  Medium: { driver: 'Standard_E32ds_v4', workers: 8 },
  Large: { driver: 'Standard_E32ds_v4', workers: 16 },
  'X-Large': { driver: 'Standard_E64ds_v4', workers: 32 },
  '2X-Large': { driver: 'Standard_E64ds_v4', workers: 64 },
  '3X-Large': { driver: 'Standard_E64ds_v4', workers: 128 },
  '4X-Large': { driver: 'Standard_E64ds_v4', workers: 256 },
  '5X-Large': { driver: 'Standard_E64ds_v4', workers: 512 },
};

export function warehouseNodes(size: string, clusters: number): NodeRequest[] {
  const { driver, workers } = WAREHOUSE_SIZES[size] ?? { driver: '', workers: 0 };
  const tier = 'on-demand';
  return grouped([
    { nodeType: driver, nodes: clusters, tier },
    { nodeType: 'Standard_E8ds_v4', nodes: workers * clusters, tier },
  ]);
}

/** The first so many nodes, the driver first, are on demand; without a spot policy all are. */
function tierOf({ azure_attributes: attributes }: Spec, index: number): NodeRequest['tier'] {
  const { availability, first_on_demand: first = DEFAULT_FIRST_ON_DEMAND } = Object(attributes);
  if (index < Number(first)) return 'on-demand';
  if (availability === 'SPOT_AZURE') return 'spot';
  return availability === 'SPOT_WITH_FALLBACK_AZURE' ? 'spot-or-on-demand' : 'on-demand';
}

function grouped(requests: readonly NodeRequest[]): NodeRequest[] {
  const groups = Map.groupBy(requests, ({ nodeType, tier }) => `${nodeType} ${tier}`);
  return [...groups.values()].flatMap(([first, ...others]) =>
    first ? [{ ...first, nodes: others.reduce((sum, { nodes }) => sum + nodes, first.nodes) }] : [],
  );
}
