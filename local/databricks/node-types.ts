// The virtual machines that this workspace knows: cores, memory and the quota family that Azure counts them in.
// [learn.microsoft.com VM sizes; families as `az vm list-usage` names them]

export interface NodeType {
  readonly cores: number;
  readonly memoryMb: number;
  /** The name of its vCPU quota. */
  readonly family: string;
  readonly category: string;
}

const GIB = 1024;

function series(family: string, category: string, sizes: readonly (readonly [string, number, number])[]) {
  return sizes.map(([id, cores, gib]): [string, NodeType] => [id, { cores, memoryMb: gib * GIB, family, category }]);
}

const NODE_TYPES: ReadonlyMap<string, NodeType> = new Map([
  ...series('standardDSv2Family', 'General Purpose', [
    ['Standard_DS3_v2', 4, 14],
    ['Standard_DS4_v2', 8, 28],
    ['Standard_DS5_v2', 16, 56],
  ]),
  ...series('standardDSv2Family', 'Memory Optimized', [
    ['Standard_DS12_v2', 4, 28],
    ['Standard_DS13_v2', 8, 56],
    ['Standard_DS14_v2', 16, 112],
  ]),
  ...series('standardDSv3Family', 'General Purpose', [
    ['Standard_D4s_v3', 4, 16],
    ['Standard_D8s_v3', 8, 32],
    ['Standard_D16s_v3', 16, 64],
  ]),
  ...series('standardDDSv4Family', 'General Purpose', [
    ['Standard_D4ds_v4', 4, 16],
    ['Standard_D8ds_v4', 8, 32],
    ['Standard_D16ds_v4', 16, 64],
  ]),
  ...series('standardDDSv5Family', 'General Purpose', [
    ['Standard_D4ds_v5', 4, 16],
    ['Standard_D8ds_v5', 8, 32],
    ['Standard_D16ds_v5', 16, 64],
  ]),
  ...series('standardDADSv5Family', 'General Purpose', [
    ['Standard_D4ads_v5', 4, 16],
    ['Standard_D8ads_v5', 8, 32],
  ]),
  ...series('standardEDSv4Family', 'Memory Optimized', [
    ['Standard_E4ds_v4', 4, 32],
    ['Standard_E8ds_v4', 8, 64],
    ['Standard_E16ds_v4', 16, 128],
    ['Standard_E32ds_v4', 32, 256],
    ['Standard_E64ds_v4', 64, 504],
  ]),
  ...series('standardEDSv5Family', 'Memory Optimized', [
    ['Standard_E4ds_v5', 4, 32],
    ['Standard_E8ds_v5', 8, 64],
  ]),
  ...series('standardLSv2Family', 'Storage Optimized', [
    ['Standard_L8s_v2', 8, 64],
    ['Standard_L16s_v2', 16, 128],
  ]),
  ...series('standardFSv2Family', 'Compute Optimized', [
    ['Standard_F4s_v2', 4, 8],
    ['Standard_F8s_v2', 8, 16],
    ['Standard_F16s_v2', 16, 32],
  ]),
  ...series('standardNCASv3_T4Family', 'GPU Accelerated', [['Standard_NC4as_T4_v3', 4, 28]]),
]);

export function isNodeType(id: string): boolean {
  return NODE_TYPES.has(id);
}

/** A forced cluster may be of a type that is not here: it counts as the smallest. */
export function nodeType(id: string): NodeType {
  return (
    NODE_TYPES.get(id) ?? { cores: 4, memoryMb: 14 * GIB, family: 'standardDSv2Family', category: 'General Purpose' }
  );
}

/** As `clusters/list-node-types` tells them. */
export function nodeTypeViews(): unknown[] {
  return [...NODE_TYPES].map(([id, { cores, memoryMb, category }]) => ({
    node_type_id: id,
    instance_type_id: id,
    node_instance_type: { instance_type_id: id },
    description: id,
    category,
    num_cores: cores,
    memory_mb: memoryMb,
    num_gpus: category === 'GPU Accelerated' ? 1 : 0,
    is_deprecated: false,
    is_hidden: false,
    is_io_cache_enabled: id.includes('ds_v') || id.includes('_L'),
    support_cluster_tags: true,
    support_port_forwarding: true,
    photon_driver_capable: memoryMb / cores >= 4 * GIB,
    photon_worker_capable: memoryMb / cores >= 4 * GIB,
  }));
}
