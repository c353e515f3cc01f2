// A recreated cluster has a new id. Which one it is, the infrastructure code's outputs and its name say, best both; two that could be
// it are nobody's to choose from but a person's.
import type { Apply } from '../../ports/provisioner.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext } from '../step.ts';
import { provisionerOf } from './own-apply.ts';

/** What the clocks of Databricks and of what applies the code may differ by. */
const CLOCKS_MS = 120_000;

export type Recreated =
  | { readonly found: 'one'; readonly cluster: Cluster }
  | { readonly found: 'none' | 'many'; readonly because: string };

export async function recreatedCluster(context: StepContext, apply: Apply): Promise<Recreated> {
  const since = Date.parse(apply.startedAt) - CLOCKS_MS;
  const all = await startable(context);
  const fresh = all.filter(({ startedAt }) => startedAt !== undefined && Date.parse(startedAt) >= since);
  const outputs = new Set((await provisionerOf(context).outputs()).values());
  const given = fresh.filter(({ id }) => outputs.has(id));
  const named = fresh.filter(({ name }) => name === context.component.name);
  const both = given.filter((cluster) => named.includes(cluster));
  const candidates = [both, named, given].find(({ length }) => length > 0) ?? [];
  const [cluster, ...others] = candidates;
  if (!cluster) return { found: 'none', because: `apply ${apply.id} is done, and no new cluster shows yet` };
  if (others.length === 0) return { found: 'one', cluster };
  const ids = candidates.map(({ id }) => id).join(', ');
  return { found: 'many', because: `apply ${apply.id} is done, and the new cluster may be any of ${ids}` };
}

/** Clusters of another id that carry the component's name. */
export async function namesakes(context: StepContext): Promise<readonly Cluster[]> {
  const { name } = context.component;
  return name === undefined ? [] : (await startable(context)).filter((cluster) => cluster.name === name);
}

async function startable({ workspace, component }: StepContext): Promise<Cluster[]> {
  const clusters: Cluster[] = [];
  for await (const page of workspace.clusterPages()) clusters.push(...page);
  return clusters.filter(({ id, source }) => id !== component.id && source !== 'JOB' && !source.startsWith('PIPELINE'));
}
