// Restarting a cluster: `start` when it is TERMINATED, `restart` when it runs but its driver does not answer (E2). Where a code asks
// for patience, the start comes so long after the end (C1).
import type { LastLook } from '../../ports/last-look.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext } from '../step.ts';
import { clusterIdOf, lookAtCluster, mustKnow, newestEventTime, newestTime, startEvidence } from './look-at-cluster.ts';
import { verifyCluster } from './verify-cluster.ts';

export const restartCluster: Step = {
  id: 'restart-cluster',
  kinds: ['cluster'],
  title: 'Restart the cluster',
  action: 'restart_cluster',
  done: (context) => lookAtCluster(context, { sick, down: (cluster) => down(context, cluster) }),
  plan: async (context) => planFor(await mustKnow(context)),
  act,
  verify: verifyCluster,
  advice: ({ component }) =>
    `Open the event log of cluster ${component.id} in workspace ${component.workspace ?? 'unknown'}, repair what it names, start the cluster, then close this incident.`,
};

async function sick(cluster: Cluster, because: string): Promise<DoneVerdict> {
  return { is: 'not-done', because, seen: newestTime(cluster), plan: planFor(cluster) };
}

async function down(context: StepContext, cluster: Cluster): Promise<DoneVerdict> {
  const evidence = await startEvidence(context, cluster);
  if (evidence) return evidence;
  const until = waitUntil(context, cluster);
  if (until !== undefined) {
    const because = `${cluster.reason?.code ?? 'its code'} asks for a later try: it is not started before ${until}`;
    return { is: 'not-yet-known', because, until };
  }
  const seen = newestTime(cluster) ?? (await newestEventTime(context, cluster.id));
  return { is: 'not-done', because: `the cluster is ${cluster.state}`, seen, plan: planFor(cluster) };
}

/** Counted from its end, which is when Azure or Databricks began to throttle; undefined when that is over. */
function waitUntil({ params, clock, incident }: StepContext, { terminatedAt }: Cluster): string | undefined {
  if (params.waitSeconds === undefined) return undefined;
  const now = clock.now().getTime();
  const ended = Date.parse(terminatedAt ?? incident.failedAt ?? incident.openedAt);
  const until = ended + clock.millisecondsOf(params.waitSeconds);
  return until > now ? new Date(until).toISOString() : undefined;
}

async function act({ workspace, ...context }: StepContext, plan: Plan, lastLook: LastLook): Promise<ActVerdict> {
  const id = clusterIdOf(context);
  const answer =
    plan.how === 'restart' ? await workspace.restartCluster(id, lastLook) : await workspace.startCluster(id, lastLook);
  return answer.accepted
    ? { acted: true, text: `${plan.how} was accepted` }
    : { acted: false, because: answer.because };
}

function planFor(cluster: Cluster): Plan {
  const how = cluster.state === 'RUNNING' ? 'restart' : 'start';
  return { how, text: `${how} cluster ${cluster.id} (${cluster.name}), which is ${cluster.state}` };
}
