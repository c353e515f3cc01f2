// Back to the configuration with which it was last seen RUNNING, for those settings that may be restored; all others stay as they are.

import { rolledBack } from '../../domain/clusters/cluster-settings.ts';
import { lastGoodSettings } from '../../domain/clusters/last-good-settings.ts';
import { changeFrom, inWords, type SettingsChange } from '../../domain/runbooks/settings-change.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext } from '../step.ts';
import { type Choice, clusterChange } from './cluster-change.ts';

export const rollbackConfig = clusterChange({
  id: 'rollback-config',
  title: 'Roll the configuration back',
  action: 'rollback_config',
  choose,
  advice: ({ component }) =>
    `Compare the configuration of cluster ${component.id} with its event log (EDITED), repair what the message names, then start it.`,
});

async function choose(context: StepContext, cluster: Cluster, tried: readonly SettingsChange[]): Promise<Choice> {
  if (tried.length > 0) return { is: 'impossible', because: 'it was rolled back already, and that did not help' };
  const { workspace, inventory } = context;
  const good = await inventory.lastGood({ workspace: workspace.name, kind: 'cluster', id: cluster.id });
  if (!good) return { is: 'impossible', because: 'no configuration is known with which it ran' };
  const settings = lastGoodSettings(good.content);
  if (!settings) return { is: 'impossible', because: 'its last good configuration cannot be read' };
  const change = changeFrom(cluster.settings, rolledBack(cluster.settings, settings));
  if (Object.keys(change.set).length === 0) {
    return { is: 'impossible', because: `it has the configuration with which it was last good, at ${good.seenAt}` };
  }
  return { is: 'change', change, because: `with ${inWords(change)} it was last good, at ${good.seenAt}` };
}
