// A remedy that changes something and then starts the cluster: two calls, each an attempt of its own, so that a crash between them is
// found by what stands in the workspace. Rule kept here: nothing is set twice, and what was there before is written down first.
import type { SizeBounds } from '../../domain/clusters/cluster-size.ts';
import { Refused, Unavailable } from '../../domain/errors.ts';
import type { RemedyId } from '../../domain/playbooks/remedy-ids.ts';
import { didNothing } from '../../domain/runbooks/run.ts';
import {
  inWords,
  isAsBefore,
  isEmpty,
  isInPlace,
  type Settings,
  type SettingsChange,
  takenBack,
} from '../../domain/runbooks/settings-change.ts';
import type { ActionName } from '../../domain/signals/outcome.ts';
import type { StartAnswer } from '../../ports/answers.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext } from '../step.ts';
import {
  clusterIdOf,
  isJustMade,
  isUnfinished,
  lookAtCluster,
  mustKnow,
  newestSeen,
  startEvidence,
} from './look-at-cluster.ts';
import { verifyCluster } from './verify-cluster.ts';

export type Choice =
  | { readonly is: 'change'; readonly change: SettingsChange; readonly because: string }
  | { readonly is: 'impossible'; readonly because: string };

/** What such a remedy is made of. */
export interface ClusterChange {
  readonly id: RemedyId;
  readonly title: string;
  readonly action: ActionName;
  readonly advice: Step['advice'];
  /** What to set now, given what was set before; never the same twice. */
  choose(context: StepContext, cluster: Cluster, tried: readonly SettingsChange[]): Promise<Choice>;
  /** The thing that is changed, where it is not the cluster itself. */
  readonly other?: Changeable;
}

/** Where the settings lie. */
export interface Changeable {
  /** As they are now. */
  read(context: StepContext, cluster: Cluster): Promise<Settings>;
  set(context: StepContext, cluster: Cluster, settings: Settings, lastLook: LastLook): Promise<StartAnswer>;
}

const clusterItself: Changeable = {
  read: async (_context, { settings }) => settings,
  set: ({ workspace }, { id }, settings, lastLook) => workspace.configs.update(id, settings, lastLook),
};

export function clusterChange(of: ClusterChange): Step {
  const { id, title, action, advice } = of;
  return {
    id,
    kinds: ['cluster'],
    title,
    action,
    calls: 2,
    done: (context) =>
      lookAtCluster(context, {
        sick: (cluster, because) => chosen(of, context, cluster, because),
        down: (cluster) => down(of, context, cluster),
      }),
    plan: async (context) => await planNow(of, context),
    act: (context, plan, lastLook) => act(of, context, { ...plan, lastLook }),
    verify: verifyCluster,
    undo: (context) => undo(of, context),
    advice,
  };
}

async function down(of: ClusterChange, context: StepContext, cluster: Cluster): Promise<DoneVerdict> {
  if (context.attempt?.change) return await afterChange(of, context, cluster, context.attempt.change);
  const evidence = context.attempt && (await startEvidence(context, cluster));
  if (evidence) return evidence;
  const change = changesOf(context).at(-1);
  // A start that provably did not happen, or was refused by the state: what it was to start with is set already.
  const hasEnded = context.attempt === undefined || context.attempt.outcome === 'acted';
  if (change && !hasEnded) return await afterChange(of, context, cluster, change);
  return await chosen(of, context, cluster, `the cluster is ${cluster.state}`);
}

/** The last thing that we did, or may have done, is the change: what stands there now tells. */
async function afterChange(
  of: ClusterChange,
  context: StepContext,
  cluster: Cluster,
  change: SettingsChange,
): Promise<DoneVerdict> {
  const now = await (of.other ?? clusterItself).read(context, cluster);
  const { attempt } = context;
  if (attempt?.change && didNothing(attempt))
    return await chosen(of, context, cluster, `the cluster is ${cluster.state}`);
  if (isInPlace(now, change)) return await toStart(context, cluster, change);
  if (isJustMade(context)) return { is: 'not-yet-known', because: 'the change does not show yet' };
  const touched = !of.other && (await isEditedSince(context, cluster, attempt?.seen ?? null));
  if (isUnfinished(context) && touched) {
    return { is: 'cannot-tell', because: 'its configuration was edited since, and is not what was to be set' };
  }
  if (attempt?.outcome === 'acted')
    return { is: 'impossible', because: `somebody has changed it since: ${inWords(change)} no longer holds` };
  // It was meant and not made: it has not been tried, and is chosen again.
  const attempts = context.attempts.filter(({ number }) => number !== attempt?.number);
  return await chosen(of, { ...context, attempts }, cluster, `the cluster is ${cluster.state}`);
}

async function isEditedSince(context: StepContext, cluster: Cluster, seen: string | null): Promise<boolean> {
  if (seen === null) return true;
  const events = await context.workspace.clusterEvents(cluster.id, seen, 50);
  return events.some(({ type, at }) => type === 'EDITED' && at > seen);
}

async function toStart(context: StepContext, cluster: Cluster, change: SettingsChange): Promise<DoneVerdict> {
  const because = `the cluster is ${cluster.state}, with ${inWords(change)}`;
  const plan = { how: 'start', text: `start cluster ${cluster.id} (${cluster.name}) with ${inWords(change)}` };
  const changeHappened = isUnfinished(context) && context.attempt?.change !== undefined;
  return {
    is: 'not-done',
    because,
    seen: await newestSeen(context, cluster),
    plan,
    ...(changeHappened ? { earlier: 'acted' } : {}),
  };
}

async function chosen(of: ClusterChange, context: StepContext, cluster: Cluster, state: string): Promise<DoneVerdict> {
  const choice = await of.choose(context, cluster, triedIn(context));
  if (choice.is === 'impossible') return choice;
  if (isEmpty(choice.change)) return { is: 'impossible', because: 'nothing would be changed by it' };
  const plan = planFor(of, cluster, choice.change);
  return { is: 'not-done', because: `${state}: ${choice.because}`, seen: await newestSeen(context, cluster), plan };
}

/** A RUNNING cluster restarts when its configuration is changed; another one has to be started (facts/databricks.md 1.9). */
function planFor(of: ClusterChange, cluster: Cluster, change: SettingsChange): Plan {
  const restarts = cluster.state === 'RUNNING' && of.other === undefined;
  const then = restarts ? 'which restarts it' : 'then start it';
  const text = `change ${inWords(change)} of cluster ${cluster.id} (${cluster.name}), ${then}`;
  return { how: restarts ? 'change-and-restart' : 'change', text, change };
}

async function planNow(of: ClusterChange, context: StepContext): Promise<Plan> {
  const cluster = await mustKnow(context);
  const verdict = await chosen(of, context, cluster, `the cluster is ${cluster.state}`);
  return verdict.is === 'not-done' ? verdict.plan : { how: 'nothing', text: verdict.because };
}

interface Deed extends Plan {
  readonly lastLook: LastLook;
}

async function act(of: ClusterChange, context: StepContext, deed: Deed): Promise<ActVerdict> {
  const { how, change, lastLook } = deed;
  if (!change) {
    const answer = await context.workspace.startCluster(clusterIdOf(context), lastLook);
    return answer.accepted ? { acted: true, text: 'start was accepted' } : { acted: false, because: answer.because };
  }
  const answer = await apply(of, context, { change, lastLook });
  if (!answer.accepted) return { acted: false, ...answer };
  const text = `changed ${inWords(change)}`;
  return how === 'change' ? { acted: true, text, more: true } : { acted: true, text: `${text}; it restarts` };
}

/** Only on what the change was decided on: what somebody else has set meanwhile is not written over. */
async function apply(
  of: ClusterChange,
  context: StepContext,
  { change, lastLook }: { readonly change: SettingsChange; readonly lastLook: LastLook },
): Promise<StartAnswer | { readonly accepted: false; readonly because: string; readonly never: true }> {
  const place = of.other ?? clusterItself;
  const cluster = await mustKnow(context);
  if (!isAsBefore(await place.read(context, cluster), change)) {
    return { accepted: false, because: 'it was changed by somebody else meanwhile' };
  }
  try {
    return await place.set(context, cluster, change.set, lastLook);
  } catch (error) {
    // A value that the workspace does not take, or a policy forbids, is one possibility less; there may be another.
    if (error instanceof Refused) return { accepted: false, because: error.message, never: true };
    throw error;
  }
}

/** Taking back is not asked for again: whoever ended the run asked for it. */
const unasked: LastLook = async () => undefined;

async function undo(of: ClusterChange, context: StepContext): Promise<void> {
  const place = of.other ?? clusterItself;
  const cluster = await mustKnow(context);
  const settings = takenBack(await place.read(context, cluster), changesOf(context));
  if (Object.keys(settings).length === 0) return;
  if (cluster.state === 'RUNNING' && !of.other) {
    throw new Refused(
      'workspace-refused',
      `it is RUNNING, and setting ${Object.keys(settings).join(', ')} back would restart it`,
    );
  }
  const answer = await place.set(context, cluster, settings, unasked);
  if (!answer.accepted) throw new Unavailable('workspace-unavailable', answer.because);
}

/** What the estate says of the size of the cluster. */
export function boundsOf({ listed }: StepContext): SizeBounds {
  if (listed?.kind !== 'cluster') return {};
  return { minWorkers: listed.minWorkers, maxWorkers: listed.maxWorkers };
}

/** What was set, or may have been, oldest first. */
function changesOf({ attempts }: StepContext): SettingsChange[] {
  return attempts.flatMap((attempt) => (attempt.change && !didNothing(attempt) ? [attempt.change] : []));
}

/** What is not chosen again: what was set, and what the workspace does not take. What did not happen has not been tried. */
function triedIn({ attempts }: StepContext): SettingsChange[] {
  return attempts.flatMap((attempt) => {
    const isTried = !didNothing(attempt) || attempt.outcome === 'unacceptable';
    return attempt.change && isTried ? [attempt.change] : [];
  });
}
