// More workers, as far as the estate allows: for playbooks of an estate whose clusters die of too few machines.
import { larger } from '../../domain/clusters/cluster-size.ts';
import { changeFrom } from '../../domain/runbooks/settings-change.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext } from '../step.ts';
import { boundsOf, type Choice, clusterChange } from './cluster-change.ts';

export const scaleUp = clusterChange({
  id: 'scale-up',
  title: 'Scale the cluster up',
  action: 'scale_cluster',
  choose,
  advice: ({ component }) => `Give cluster ${component.id} more or larger workers, or raise maxWorkers in the estate.`,
});

async function choose(context: StepContext, { settings }: Cluster): Promise<Choice> {
  const wanted = larger(settings, boundsOf(context));
  if (!wanted) return { is: 'impossible', because: 'the estate allows it no more workers (maxWorkers)' };
  return { is: 'change', change: changeFrom(settings, wanted), because: 'more workers may carry it' };
}
