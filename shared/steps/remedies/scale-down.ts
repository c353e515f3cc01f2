// Fewer workers: as many as still fit where Azure says how much is left, else half of them; never fewer than the estate allows.

import { quotaOf } from '../../domain/classification/quota.ts';
import { smaller, workersOf } from '../../domain/clusters/cluster-size.ts';
import { changeFrom } from '../../domain/runbooks/settings-change.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext } from '../step.ts';
import { boundsOf, type Choice, clusterChange } from './cluster-change.ts';

export const scaleDown = clusterChange({
  id: 'scale-down',
  title: 'Scale the cluster down',
  action: 'scale_cluster',
  choose,
  advice: ({ component }) =>
    `Cluster ${component.id} could not be made small enough: free capacity, raise the quota, or lower minWorkers in the estate.`,
});

async function choose(context: StepContext, cluster: Cluster): Promise<Choice> {
  const { settings, reason } = cluster;
  const now = workersOf(settings);
  const settle = smaller(settings, boundsOf(context), workersThatFit(cluster));
  if (!settle) {
    const because = `it asks for ${now} worker(s), and fewer would not fit or are not allowed`;
    return { is: 'impossible', because };
  }
  return {
    is: 'change',
    change: changeFrom(settings, settle),
    because: `fewer machines may be had (${reason?.code ?? 'no code'})`,
  };
}

/** From the cores that one machine takes and those that the quota has left. The driver is one machine more. */
function workersThatFit({ settings, reason }: Cluster): number | undefined {
  const { required, limit, usage } = quotaOf(reason)?.numbers ?? {};
  if (required === undefined || limit === undefined || usage === undefined) return undefined;
  const perMachine = required / (workersOf(settings) + 1);
  return perMachine > 0 ? Math.floor((limit - usage) / perMachine) - 1 : undefined;
}
