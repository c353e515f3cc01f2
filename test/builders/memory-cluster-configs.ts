// Cluster configurations in memory, by the words of the port.
import type { NodeType } from '../../shared/domain/clusters/node-types.ts';
import type { ClusterId } from '../../shared/domain/ids.ts';
import type { Settings } from '../../shared/domain/runbooks/settings-change.ts';
import type { StartAnswer } from '../../shared/ports/answers.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { LastLook } from '../../shared/ports/last-look.ts';
import type { ClusterConfigs } from '../../shared/ports/workspace-cluster-configs.ts';
import type { MemoryCluster } from './memory-cluster.ts';
import type { Serve } from './memory-workspace.ts';

const RESTART_SECONDS = 150;

function nodeType(id: string, memoryGib: number, more: Partial<NodeType> = {}): NodeType {
  const memoryMb = memoryGib * 1024;
  return {
    id,
    cores: 4,
    gpus: 0,
    memoryMb,
    category: 'General Purpose',
    arm: false,
    photon: false,
    fading: false,
    ...more,
  };
}

export class MemoryClusterConfigs implements ClusterConfigs {
  /** What can be had; a test may put other ones here. */
  known: readonly NodeType[] = [
    nodeType('Standard_DS3_v2', 14),
    nodeType('Standard_D4s_v3', 16),
    nodeType('Standard_D4ds_v5', 16),
    nodeType('Standard_D8s_v3', 32, { cores: 8 }),
    nodeType('Standard_E4ds_v5', 32, { category: 'Memory Optimized' }),
    nodeType('Standard_DS12_v2', 28, { category: 'Memory Optimized' }),
  ];
  readonly #serve: Serve;
  readonly #cluster: (id: ClusterId) => MemoryCluster;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(serve: Serve, cluster: (id: ClusterId) => MemoryCluster, clock: Pick<Clock, 'now'>) {
    this.#serve = serve;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  update(id: ClusterId, set: Settings, lastLook?: LastLook): Promise<StartAnswer> {
    return this.#serve.act('configs.update', id, lastLook, () => {
      const now = this.#clock.now().toISOString();
      const cluster = this.#cluster(id);
      return cluster.edit(withSettings(cluster.at(now).settings, set), now, RESTART_SECONDS);
    });
  }

  nodeTypes(): Promise<readonly NodeType[]> {
    return this.#serve.read('configs.nodeTypes', undefined, () => this.known);
  }
}

/** A fixed size replaces automatic scaling, and the other way round, as the service does. */
function withSettings(settings: Settings, set: Settings): Settings {
  let result: Record<string, unknown> = { ...settings };
  for (const [path, value] of Object.entries(set)) {
    const [field = '', inner] = path.split('.');
    if (field === 'num_workers') result = without(result, 'autoscale');
    if (field === 'autoscale') result = without(result, 'num_workers');
    if (inner !== undefined) result[field] = { ...Object(result[field]), [inner]: value };
    else if (value === null) result = without(result, field);
    else result[field] = value;
  }
  return result;
}

function without(settings: Settings, field: string): Record<string, unknown> {
  const { [field]: _gone, ...rest } = settings;
  return rest;
}
