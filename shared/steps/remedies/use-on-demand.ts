// From spot to on-demand: first spot with fallback and an on-demand driver, then on-demand alone.
import { quotaOf } from '../../domain/classification/quota.ts';
import { changeFrom, type SettingsChange, settingAt } from '../../domain/runbooks/settings-change.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext } from '../step.ts';
import { type Choice, clusterChange } from './cluster-change.ts';

const AVAILABILITY = 'azure_attributes.availability';
const FIRST_ON_DEMAND = 'azure_attributes.first_on_demand';

export const useOnDemand = clusterChange({
  id: 'use-on-demand',
  title: 'Use on-demand instances',
  action: 'restart_with_on_demand_instances',
  choose,
  advice: ({ component }) =>
    `Decide whether cluster ${component.id} may cost on-demand prices; SPOT_WITH_FALLBACK_AZURE with first_on_demand 1 is a middle way.`,
});

async function choose(_context: StepContext, cluster: Cluster, tried: readonly SettingsChange[]): Promise<Choice> {
  const { settings, reason } = cluster;
  if (settingAt(settings, 'instance_pool_id') !== null) {
    return { is: 'impossible', because: 'its pool decides whether its machines are spot' };
  }
  const quota = quotaOf(reason);
  if (quota && quota.scope !== 'spot')
    return { is: 'impossible', because: `${quota.words} holds for on-demand machines` };
  const [next] = stepsFrom(cluster).filter(
    (wanted) => !tried.some(({ set }) => set[AVAILABILITY] === wanted[AVAILABILITY]),
  );
  if (!next) return { is: 'impossible', because: 'it uses no spot machines that could be given up' };
  return {
    is: 'change',
    change: changeFrom(settings, next),
    because: `spot machines are not to be had or were taken back (${reason?.code ?? 'no code'})`,
  };
}

/** What is left to give up, mildest first. A spot quota is not eased by a fallback: on-demand machines are asked for only after spot. */
function stepsFrom({ settings, reason }: Cluster): Record<string, unknown>[] {
  const availability = settingAt(settings, AVAILABILITY);
  const onDemand = { [AVAILABILITY]: 'ON_DEMAND_AZURE' };
  const first = settingAt(settings, FIRST_ON_DEMAND);
  const fallback = {
    [AVAILABILITY]: 'SPOT_WITH_FALLBACK_AZURE',
    [FIRST_ON_DEMAND]: Math.max(1, typeof first === 'number' ? first : 1),
  };
  if (availability === 'SPOT_AZURE') return quotaOf(reason) ? [onDemand] : [fallback, onDemand];
  return availability === 'SPOT_WITH_FALLBACK_AZURE' ? [onDemand] : [];
}
