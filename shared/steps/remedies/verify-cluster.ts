// Has what was set going brought the cluster back? The same proof for every remedy of a cluster (E5).
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext, VerifyVerdict } from '../step.ts';
import { endedAgain } from './cluster-ended-again.ts';
import { isHealthy } from './cluster-health.ts';
import { keepGoodSettings } from './keep-good-settings.ts';
import { clusterIdOf } from './look-at-cluster.ts';
import { runTestNotebook } from './test-notebook.ts';

export async function verifyCluster(context: StepContext): Promise<VerifyVerdict> {
  const cluster = await context.workspace.cluster(clusterIdOf(context));
  if (!cluster) return { is: 'failed', because: 'the workspace no longer knows the cluster', retryable: false };
  if (cluster.state === 'RUNNING') return await proved(context, cluster);
  if (cluster.state === 'TERMINATED' || cluster.state === 'ERROR') return endedAgain(context, cluster);
  return { is: 'waiting', because: `the cluster is ${cluster.state}` };
}

/** Healthy, and its test notebook runs: then what it runs with is good. */
async function proved(context: StepContext, cluster: Cluster): Promise<VerifyVerdict> {
  const health = await isHealthy(context, cluster);
  if (health.is !== 'succeeded') return health;
  const test = await runTestNotebook(context, cluster);
  if (test !== 'passed') return test;
  const seenAt = context.clock.now().toISOString();
  await keepGoodSettings(context.inventory, cluster, { workspace: context.workspace.name, seenAt });
  return health;
}
