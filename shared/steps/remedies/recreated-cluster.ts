// A recreated cluster has a new id. Which one it is, the infrastructure code's outputs and its name say, best both; two that could be
// it are nobody's to choose from but a person's.
import type { Apply } from '../../ports/provisioner.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { DoneVerdict, StepContext, VerifyVerdict } from '../step.ts';
import { isHealthy } from './cluster-health.ts';
import { clusterIdOf } from './look-at-cluster.ts';
import { provisionerOf } from './own-apply.ts';
import { mayBeRecreated, proved, type Recreation, stands, whatIsLeft } from './recreation.ts';
import { runTestNotebook } from './test-notebook.ts';
import { verifyCluster } from './verify-cluster.ts';

/** What the clocks of Databricks and of what applies the code may differ by. */
const CLOCKS_MS = 120_000;

export const clusterRecreation: Recreation = {
  standing,
  async verifyStanding(context) {
    const cluster = await context.workspace.cluster(clusterIdOf(context));
    return cluster?.state === 'RUNNING' ? await verifyCluster(context) : undefined;
  },
  verifyNew,
};

async function standing(context: StepContext): Promise<DoneVerdict | undefined> {
  const cluster = await context.workspace.cluster(clusterIdOf(context));
  if (cluster?.state === 'RUNNING') {
    const { is, because } = await isHealthy(context, cluster);
    return is === 'succeeded' ? { is: 'done', because } : stands(context, `RUNNING, but ${because}`);
  }
  if (cluster) return stands(context, cluster.state);
  const { name } = context.component;
  const other = name === undefined ? undefined : (await startable(context)).find((one) => one.name === name);
  return other && mayBeRecreated(context, other.id);
}

async function verifyNew(context: StepContext, own: Apply): Promise<VerifyVerdict> {
  const recreated = await recreatedCluster(context, own);
  if (recreated.found !== 'one') {
    const { found, because } = recreated;
    return found === 'none' ? { is: 'waiting', because } : { is: 'failed', because, retryable: false };
  }
  const { cluster } = recreated;
  const what = `apply ${own.id} recreated ${context.component.id} as ${cluster.id}`;
  if (cluster.state === 'TERMINATED' || cluster.state === 'ERROR') {
    return { is: 'failed', because: `${what}, which is ${cluster.state}: ${cluster.stateMessage}`, retryable: false };
  }
  if (cluster.state !== 'RUNNING') return { is: 'waiting', because: `${what}, which is ${cluster.state}` };
  return proved(what, await healthOf(context, cluster), whatIsLeft(context, cluster.id));
}

async function healthOf(context: StepContext, cluster: Cluster): Promise<VerifyVerdict> {
  const health = await isHealthy(context, cluster);
  if (health.is !== 'succeeded') return health;
  const test = await runTestNotebook(context, cluster);
  return test === 'passed' ? health : test;
}

type Recreated =
  | { readonly found: 'one'; readonly cluster: Cluster }
  | { readonly found: 'none' | 'many'; readonly because: string };

async function recreatedCluster(context: StepContext, apply: Apply): Promise<Recreated> {
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

/** Clusters of another id. */
async function startable({ workspace, component }: StepContext): Promise<Cluster[]> {
  const clusters: Cluster[] = [];
  for await (const page of workspace.clusterPages()) clusters.push(...page);
  return clusters.filter(({ id, source }) => id !== component.id && source !== 'JOB' && !source.startsWith('PIPELINE'));
}
