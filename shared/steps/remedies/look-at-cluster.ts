// What every remedy of a cluster asks before it acts: is it there, may it be started at all, is it well already, is somebody starting it?
import { assertNever, Broken } from '../../domain/errors.ts';
import { type ClusterId, isClusterId } from '../../domain/ids.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { DoneVerdict, StepContext } from '../step.ts';
import { isHealthy } from './cluster-health.ts';

/** Events that only a start or a restart writes: the evidence that an attempt happened. */
const START_EVENTS = new Set(['STARTING', 'RESTARTING', 'RUNNING', 'CREATING']);
/** How long after an attempt's lease an act may not show yet, in real milliseconds. */
const ACT_SHOWS_MS = 60_000;
/** A running cluster gets this long, in real seconds, to prove that it needs nothing. */
const FIRST_LOOK_SECONDS = 10;

/** What a remedy does about a cluster that needs it: nobody is starting it, and it is not well. */
export interface Need {
  /** RUNNING, but sick. */
  sick(cluster: Cluster, because: string): Promise<DoneVerdict>;
  /** TERMINATED or in ERROR. */
  down(cluster: Cluster): Promise<DoneVerdict>;
}

export async function lookAtCluster(context: StepContext, need: Need): Promise<DoneVerdict> {
  const cluster = await context.workspace.cluster(clusterIdOf(context));
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
    case 'UNKNOWN':
      return { is: 'not-yet-known', because: 'the state of the cluster is not one that is known' };
    case 'RUNNING':
      return running(context, cluster, need);
    case 'TERMINATED':
    case 'ERROR':
      return need.down(cluster);
    default:
      return assertNever(cluster.state, 'cluster state');
  }
}

/** RUNNING may be sick: the driver has to answer before it counts as done. */
async function running(context: StepContext, cluster: Cluster, need: Need): Promise<DoneVerdict> {
  if (isUnfinished(context))
    return {
      is: 'under-way',
      because: 'the cluster is RUNNING after an attempt whose end nobody saw',
      seen: newestTime(cluster),
    };
  const sickness = await sicknessOf(context, cluster);
  if (sickness === undefined) return { is: 'done', because: 'the cluster is RUNNING and its driver answers' };
  return need.sick(cluster, `the cluster is RUNNING but ${sickness}`);
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

/**
 * Of a cluster that is down after an attempt to start it: a verdict where it has happened, or may have, or does not show yet;
 * undefined where it provably did not happen, or the cluster has ended again since. Only newer events tell (invariant 3).
 */
export async function startEvidence(context: StepContext, cluster: Cluster): Promise<DoneVerdict | undefined> {
  const { attempt } = context;
  if (attempt && isUnfinished(context)) {
    const { seen } = attempt;
    if (seen === null) {
      return { is: 'cannot-tell', because: 'an earlier attempt got no answer, and nothing tells what came before it' };
    }
    const events = await context.workspace.clusterEvents(cluster.id, seen, 50);
    const started = events.find((event) => START_EVENTS.has(event.type) && event.at > seen);
    if (started) {
      const because = `its ${started.type} event of ${started.at} shows that the earlier attempt happened`;
      return { is: 'under-way', because, seen };
    }
  }
  if (isJustStarted(context, cluster)) {
    return { is: 'not-yet-known', because: `the API still reports ${cluster.state} of before the start` };
  }
  return undefined;
}

/** An accepted start may be reported a moment late (facts/databricks.md 0.7): without a newer end it is not made again at once. */
function isJustStarted(context: StepContext, { terminatedAt }: Cluster): boolean {
  if ((terminatedAt ?? '') > (context.attempt?.seen ?? '')) return false;
  return isJustMade(context);
}

/** The newest attempt was accepted so shortly ago that reads may not show it yet. */
export function isJustMade({ attempt, clock }: StepContext): boolean {
  if (attempt?.outcome !== 'acted') return false;
  return clock.now().getTime() < Date.parse(attempt.until) + ACT_SHOWS_MS;
}

export function isUnfinished({ attempt }: StepContext): boolean {
  return attempt !== undefined && attempt.outcome === undefined;
}

/** Newest instant that the cluster itself tells, on the service's clock. */
export function newestTime(cluster: Cluster): string | null {
  const times = [cluster.startedAt, cluster.terminatedAt, cluster.lastRestartedAt].filter((time) => time !== undefined);
  return times.sort().at(-1) ?? null;
}

export async function newestEventTime(context: StepContext, id: ClusterId): Promise<string | null> {
  const [newest] = await context.workspace.clusterEvents(id, '1970-01-01T00:00:00.000Z', 1);
  return newest?.at ?? null;
}

/** Of what the cluster tells and what its events tell: an edit shows in its events alone. */
export async function newestSeen(context: StepContext, cluster: Cluster): Promise<string | null> {
  const times = [newestTime(cluster), await newestEventTime(context, cluster.id)].filter((time) => time !== null);
  return times.sort().at(-1) ?? null;
}

export async function mustKnow(context: StepContext): Promise<Cluster> {
  const cluster = await context.workspace.cluster(clusterIdOf(context));
  if (!cluster) throw new Broken('broken', `no cluster ${context.component.id} to plan for`);
  return cluster;
}

export function clusterIdOf(context: Pick<StepContext, 'component'>): ClusterId {
  const { id } = context.component;
  if (!isClusterId(id)) throw new Broken('broken', 'a cluster remedy got a component without a cluster id');
  return id;
}
