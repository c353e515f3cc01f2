// A cluster as `clusters/get` and `clusters/list` show it (ClusterDetails), at one moment.
import { type Cluster, shownAt } from './cluster.ts';
import { asRecord } from './cluster-spec.ts';
import { nodeType } from './node-types.ts';

/** What is shown, and used, where the specification leaves it out: "a set of default values will be used". [doc] */
const AZURE_DEFAULTS = { first_on_demand: 1, availability: 'ON_DEMAND_AZURE', spot_bid_max_price: -1 };

/** `spec` is part of `get` only. */
export function viewOf(cluster: Cluster, now: number, withSpec: boolean): Record<string, unknown> {
  const shown = shownAt(cluster, now);
  return {
    cluster_id: cluster.id,
    creator_user_name: cluster.creator,
    spark_context_id: cluster.sparkContextId,
    enable_elastic_disk: true,
    autotermination_minutes: 0,
    ...cluster.spec,
    azure_attributes: { ...AZURE_DEFAULTS, ...asRecord(cluster.spec.azure_attributes) },
    ...nodeTypesOf(cluster),
    cluster_source: cluster.source,
    state: shown.state,
    state_message: shown.stateMessage,
    start_time: cluster.startTime,
    last_state_loss_time: cluster.lastStateLossTime,
    ...(cluster.lastRestartedTime !== undefined && { last_restarted_time: cluster.lastRestartedTime }),
    // Stays after the next start: it tells the last end, not that the cluster is down.
    ...(cluster.terminatedTime !== undefined && { terminated_time: cluster.terminatedTime }),
    ...(shown.terminationReason && { termination_reason: shown.terminationReason }),
    default_tags: defaultTags(cluster),
    ...(isUp(shown.state) && nodes(cluster)),
    ...(withSpec && { spec: cluster.spec }),
  };
}

/** Shown also where a pool decides them, although nobody may send them back then. */
function nodeTypesOf({ spec, poolNodeType }: Cluster): Record<string, unknown> {
  const node_type_id = spec.node_type_id ?? poolNodeType;
  return { node_type_id, driver_node_type_id: spec.driver_node_type_id ?? node_type_id };
}

function isUp(state: string): boolean {
  return state === 'RUNNING' || state === 'RESIZING';
}

function nodes(cluster: Cluster): Record<string, unknown> {
  const type = nodeType(String(cluster.spec.node_type_id ?? cluster.poolNodeType));
  const node = (index: number) => ({
    node_id: `${cluster.sparkContextId.toString(16)}${index}`,
    private_ip: `10.139.64.${4 + (index % 250)}`,
    start_timestamp: cluster.lastRestartedTime ?? cluster.startTime,
  });
  return {
    driver: node(0),
    executors: Array.from({ length: cluster.workers }, (_, index) => node(index + 1)),
    jdbc_port: 10_000,
    cluster_cores: type.cores * (cluster.workers + 1),
    cluster_memory_mb: type.memoryMb * (cluster.workers + 1),
  };
}

function defaultTags(cluster: Cluster): Record<string, string> {
  const name = String(cluster.spec.cluster_name ?? '');
  return { Vendor: 'Databricks', Creator: cluster.creator, ClusterName: name, ClusterId: cluster.id };
}
