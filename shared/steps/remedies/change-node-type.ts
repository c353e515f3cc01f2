// Other machines: the next of the estate's ranked list, or of those that can stand in for the present one. Each try takes the next.

import { quotaOf } from '../../domain/classification/quota.ts';
import { alternativesTo, seriesOf } from '../../domain/clusters/node-types.ts';
import { changeFrom, type SettingsChange, settingAt } from '../../domain/runbooks/settings-change.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext } from '../step.ts';
import { type Choice, clusterChange } from './cluster-change.ts';

export const changeNodeType = clusterChange({
  id: 'change-node-type',
  title: 'Change the node type',
  action: 'restart_with_different_instance_type',
  choose,
  advice: ({ component }) =>
    `Choose a VM size that Azure has for cluster ${component.id}, or name some in nodeTypes of the estate, best first.`,
});

async function choose(context: StepContext, cluster: Cluster, tried: readonly SettingsChange[]): Promise<Choice> {
  const { settings } = cluster;
  if (settingAt(settings, 'instance_pool_id') !== null) {
    return { is: 'impossible', because: 'its pool decides the machines of the cluster' };
  }
  const quota = quotaOf(cluster.reason);
  if (quota && quota.scope !== 'series') {
    return { is: 'impossible', because: `${quota.words} holds for machines of every type` };
  }
  const current = String(settingAt(settings, 'node_type_id'));
  const had = new Set([current, ...tried.flatMap(({ set, former }) => [set.node_type_id, former.node_type_id])]);
  const ranked = await rankedFor(context, cluster, tried);
  // vCPU quotas are counted by series: another size of the same one would be refused as well.
  const usable = ranked.filter((id) => !had.has(id) && !(quota && seriesOf(id) === seriesOf(current)));
  const [next] = usable;
  if (next === undefined) return { is: 'impossible', because: `no node type is left that could replace ${current}` };
  const driver = settingAt(settings, 'driver_node_type_id');
  const wanted = {
    node_type_id: next,
    ...(driver === null || driver === current ? { driver_node_type_id: next } : {}),
  };
  return { is: 'change', change: changeFrom(settings, wanted), because: `${next} may be had where ${current} is not` };
}

/** The replacement is for what the cluster had at first, not for a replacement of it. */
async function rankedFor(context: StepContext, { settings }: Cluster, tried: readonly SettingsChange[]) {
  if (context.listed?.kind === 'cluster' && context.listed.nodeTypes) return context.listed.nodeTypes;
  const original = String(tried[0]?.former.node_type_id ?? settingAt(settings, 'node_type_id'));
  return alternativesTo(await context.workspace.configs.nodeTypes(), original);
}
