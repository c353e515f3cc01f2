// A pool that is full is given the capacity that the cluster lacks, up to the ceiling that the estate names for the pool.
import { workersOf } from '../../domain/clusters/cluster-size.ts';
import { changeFrom, type Settings, settingAt } from '../../domain/runbooks/settings-change.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext } from '../step.ts';
import { type Choice, clusterChange } from './cluster-change.ts';

export const raisePoolCapacity = clusterChange({
  id: 'raise-pool-capacity',
  title: 'Raise the capacity of the pool',
  action: 'raise_pool_capacity',
  choose,
  other: { read, set },
  advice: ({ component }) =>
    `Raise max_capacity of the pool of cluster ${component.id}, free some of its machines, or name a higher maxCapacity for the pool in the estate.`,
});

async function choose(context: StepContext, cluster: Cluster): Promise<Choice> {
  const id = poolOf(cluster);
  const pool = id === undefined ? undefined : await context.workspace.pools.get(id);
  if (id === undefined || !pool)
    return { is: 'impossible', because: 'the cluster has no pool that this workspace knows' };
  const listed = context.listing('instance-pool', id);
  const ceiling = listed?.kind === 'instance-pool' ? listed.maxCapacity : undefined;
  if (ceiling === undefined)
    return { is: 'impossible', because: `the estate names no maxCapacity for pool ${pool.name}` };
  if (pool.maxCapacity === undefined)
    return { is: 'impossible', because: `pool ${pool.name} has no limit that could be raised` };
  // Workers and driver; idle machines of the pool are used first and count among those that it may have.
  const needed = pool.used + workersOf(cluster.settings) + 1;
  if (needed <= pool.maxCapacity) return { is: 'impossible', because: `pool ${pool.name} has room for the cluster` };
  if (needed > ceiling) {
    return {
      is: 'impossible',
      because: `pool ${pool.name} would need ${needed} machines, the estate allows ${ceiling}`,
    };
  }
  const change = changeFrom({ max_capacity: pool.maxCapacity }, { max_capacity: needed });
  return {
    is: 'change',
    change,
    because: `pool ${pool.name} is full: ${pool.used} of ${pool.maxCapacity} machines are used`,
  };
}

async function read(context: StepContext, cluster: Cluster): Promise<Settings> {
  const id = poolOf(cluster);
  const pool = id === undefined ? undefined : await context.workspace.pools.get(id);
  return { max_capacity: pool?.maxCapacity ?? null };
}

async function set(context: StepContext, cluster: Cluster, settings: Settings, lastLook: LastLook) {
  const capacity = settingAt(settings, 'max_capacity');
  const id = poolOf(cluster);
  if (id === undefined || typeof capacity !== 'number') {
    return { accepted: false, because: 'the cluster has no pool any more' } as const;
  }
  return await context.workspace.pools.setMaxCapacity(id, capacity, lastLook);
}

function poolOf({ settings, reason }: Cluster): string | undefined {
  const named = settingAt(settings, 'instance_pool_id') ?? reason?.parameters.instance_pool_id;
  return typeof named === 'string' && named !== '' ? named : undefined;
}
