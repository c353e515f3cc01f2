// Restarting a cluster: `start` when it is TERMINATED, `restart` when it runs but its driver does not answer (E2).

import { Broken } from '../../domain/errors.ts';
import { type ClusterId, isClusterId } from '../../domain/ids.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext, VerifyVerdict } from '../step.ts';
import { endedAgain } from './cluster-ended-again.ts';
import { isHealthy } from './cluster-health.ts';

/** Events that only a start or a restart writes: the evidence that an attempt happened. */
const START_EVENTS = new Set(['STARTING', 'RESTARTING', 'RUNNING', 'CREATING']);
/** How long after an attempt's lease a start may not show yet, in real milliseconds. */
const START_SHOWS_MS = 60_000;
/** A running cluster gets this long, in real seconds, to prove that it needs no restart. */
const FIRST_LOOK_SECONDS = 10;

export const restartCluster: Step = {
  id: 'restart-cluster',
  kinds: ['cluster'],
  title: 'Restart the cluster',
  action: 'restart_cluster',
  done,
  plan: async (context) => planFor(await mustKnow(context)),
  act,
  verify,
  advice: ({ component }) =>
    `Open the event log of cluster ${component.id} in workspace ${component.workspace ?? 'unknown'}, repair what it names, start the cluster, then close this incident.`,
};

async function done(context: StepContext): Promise<DoneVerdict> {
  const cluster = await context.workspace.cluster(idOf(context));
  if (!cluster) return { is: 'impossible', because: `workspace ${context.workspace.name} no longer knows the cluster` };
  if (cluster.source === 'JOB' || cluster.source.startsWith('PIPELINE')) {
    return { is: 'impossible', because: `a ${cluster.source} cluster cannot be started: recover the run that owns it` };
  }
  switch (cluster.state) {
    case 'PENDING':
    case 'RESTARTING':
    case 'RESIZING':
      return { is: 'under-way', because: `the cluster is ${cluster.state}`, seen: newestTime(cluster) };
    case 'TERMINATING':
      return { is: 'not-yet-known', because: 'the cluster is still TERMINATING and cannot be started yet' };
    case 'RUNNING':
      return running(context, cluster);
    default:
      return stopped(context, cluster);
  }
}

/** RUNNING may be sick: the driver has to answer before it counts as done. */
async function running(context: StepContext, cluster: Cluster): Promise<DoneVerdict> {
  if (unfinished(context))
    return {
      is: 'under-way',
      because: 'the cluster is RUNNING after an attempt whose end nobody saw',
      seen: newestTime(cluster),
    };
  const sickness = await sicknessOf(context, cluster);
  if (sickness === undefined) return { is: 'done', because: 'the cluster is RUNNING and its driver answers' };
  const seen = newestTime(cluster);
  return { is: 'not-done', because: `the cluster is RUNNING but ${sickness}`, seen, plan: planFor(cluster) };
}

/** At first an answer of the driver is enough; what could not be verified before has to be wholly healthy. */
async function sicknessOf(context: StepContext, cluster: Cluster): Promise<string | undefined> {
  if (context.failedBefore) {
    const health = await isHealthy(context, cluster);
    return health.is === 'succeeded' ? undefined : health.because;
  }
  const answer = await context.workspace.runCommand(cluster.id, 'print(1)', FIRST_LOOK_SECONDS);
  return answer.answered ? undefined : `its driver does not answer: ${answer.because}`;
}

/** TERMINATED: not done, unless an attempt of ours went unanswered; then only newer events tell (invariant 3). */
async function stopped(context: StepContext, cluster: Cluster): Promise<DoneVerdict> {
  const attempt = context.attempt;
  if (attempt && unfinished(context)) {
    if (attempt.seen === null) {
      return { is: 'cannot-tell', because: 'an earlier attempt got no answer, and nothing tells what came before it' };
    }
    const events = await context.workspace.clusterEvents(cluster.id, attempt.seen, 50);
    const started = events.find((event) => START_EVENTS.has(event.type) && event.at > (attempt.seen ?? ''));
    if (started) {
      return {
        is: 'under-way',
        because: `its ${started.type} event of ${started.at} shows that the earlier attempt happened`,
        seen: attempt.seen,
      };
    }
  }
  if (isJustStarted(context, cluster)) {
    return { is: 'not-yet-known', because: `the API still reports ${cluster.state} of before the start` };
  }
  const seen = newestTime(cluster) ?? (await newestEventTime(context, cluster.id));
  return { is: 'not-done', because: `the cluster is ${cluster.state}`, seen, plan: planFor(cluster) };
}

/** An accepted start may be reported a moment late (facts/databricks.md 0.7): without a newer end it is not made again at once. */
function isJustStarted({ attempt, clock }: StepContext, { terminatedAt }: Cluster): boolean {
  if (attempt?.outcome !== 'acted' || (terminatedAt ?? '') > (attempt.seen ?? '')) return false;
  return clock.now().getTime() < Date.parse(attempt.until) + START_SHOWS_MS;
}

async function act({ workspace, ...context }: StepContext, plan: Plan, lastLook: LastLook): Promise<ActVerdict> {
  const id = idOf(context);
  const answer =
    plan.how === 'restart' ? await workspace.restartCluster(id, lastLook) : await workspace.startCluster(id, lastLook);
  return answer.accepted
    ? { acted: true, text: `${plan.how} was accepted` }
    : { acted: false, because: answer.because };
}

async function verify(context: StepContext): Promise<VerifyVerdict> {
  const cluster = await context.workspace.cluster(idOf(context));
  if (!cluster) return { is: 'failed', because: 'the workspace no longer knows the cluster', retryable: false };
  if (cluster.state === 'RUNNING') return isHealthy(context, cluster);
  if (cluster.state === 'TERMINATED' || cluster.state === 'ERROR') return endedAgain(context, cluster);
  return { is: 'waiting', because: `the cluster is ${cluster.state}` };
}

async function mustKnow(context: StepContext): Promise<Cluster> {
  const cluster = await context.workspace.cluster(idOf(context));
  if (!cluster) throw new Broken('broken', `no cluster ${context.component.id} to plan for`);
  return cluster;
}

function planFor(cluster: Cluster): Plan {
  const how = cluster.state === 'RUNNING' ? 'restart' : 'start';
  return { how, text: `${how} cluster ${cluster.id} (${cluster.name}), which is ${cluster.state}` };
}

function idOf(context: Pick<StepContext, 'component'>): ClusterId {
  const { id } = context.component;
  if (!isClusterId(id)) throw new Broken('broken', 'a cluster remedy got a component without a cluster id');
  return id;
}

function unfinished(context: StepContext): boolean {
  return context.attempt !== undefined && context.attempt.outcome === undefined;
}

/** Newest instant that the cluster itself tells, on the service's clock. */
function newestTime(cluster: Cluster): string | null {
  const times = [cluster.startedAt, cluster.terminatedAt, cluster.lastRestartedAt].filter((time) => time !== undefined);
  return times.sort().at(-1) ?? null;
}

async function newestEventTime(context: StepContext, id: ClusterId): Promise<string | null> {
  const [newest] = await context.workspace.clusterEvents(id, '1970-01-01T00:00:00.000Z', 1);
  return newest?.at ?? null;
}
