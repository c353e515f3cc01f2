// A cluster as `clusters/get` and `clusters/list` show it (ClusterDetails), at one moment.
import { type Cluster, shownAt } from './cluster.ts';

/** Cores and memory of the node types of the estate; the smallest one stands for those not listed. [learn.microsoft.com VM sizes] */
const NODE_TYPES: Record<string, { cores: number; memoryMb: number }> = {
  Standard_DS3_v2: { cores: 4, memoryMb: 14_336 },
  Standard_DS4_v2: { cores: 8, memoryMb: 28_672 },
  Standard_DS5_v2: { cores: 16, memoryMb: 57_344 },
  Standard_D4ds_v5: { cores: 4, memoryMb: 16_384 },
  Standard_D8ds_v5: { cores: 8, memoryMb: 32_768 },
};
const SMALLEST = { cores: 4, memoryMb: 14_336 };

/** `spec` is part of `get` only. */
export function viewOf(cluster: Cluster, now: number, withSpec: boolean): Record<string, unknown> {
  const shown = shownAt(cluster, now);
  return {
    cluster_id: cluster.id,
    creator_user_name: cluster.creator,
    spark_context_id: cluster.sparkContextId,
    enable_elastic_disk: true,
    ...cluster.spec,
    driver_node_type_id: cluster.spec.driver_node_type_id ?? cluster.spec.node_type_id,
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

function isUp(state: string): boolean {
  return state === 'RUNNING' || state === 'RESIZING';
}

function nodes(cluster: Cluster): Record<string, unknown> {
  const type = NODE_TYPES[String(cluster.spec.node_type_id)] ?? SMALLEST;
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
