// Recreating what its workspace no longer knows, by an apply of its address alone (E2). Two acts, each behind the gate: start the plan,
// which changes nothing, and confirm it if it creates this one resource and nothing else. A new cluster or warehouse has a new id.
import { Broken, Refused, Unavailable } from '../../domain/errors.ts';
import type { SubjectKind } from '../../domain/incidents/subject-kinds.ts';
import type { LastLook } from '../../ports/last-look.ts';
import { type Apply, hasEnded, type PlannedChanges } from '../../ports/provisioner.ts';
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext, VerifyVerdict } from '../step.ts';
import { idIn, markOf, markOfNewest, ownApply, provisionerOf, verifiedApply, wasJudged } from './own-apply.ts';
import { clusterRecreation } from './recreated-cluster.ts';
import { notebookRecreation } from './recreated-notebook.ts';
import { warehouseRecreation } from './recreated-warehouse.ts';
import type { Recreation } from './recreation.ts';

const recreations: Partial<Record<SubjectKind, Recreation>> = {
  cluster: clusterRecreation,
  warehouse: warehouseRecreation,
  notebook: notebookRecreation,
};

export const recreateByTerraform: Step = {
  id: 'recreate-by-terraform',
  kinds: ['cluster', 'warehouse', 'notebook'],
  title: 'Recreate it from its infrastructure code',
  action: 'recreate_by_terraform',
  done,
  plan: async (context) => planFor(context),
  act,
  verify,
  undo,
  advice: ({ component }) =>
    `Apply the infrastructure code of ${component.kind} ${component.id} in workspace ${component.workspace ?? 'unknown'} by hand, discard what Lakewarden left waiting there, put a new id into the estate file, then close this incident.`,
};

async function done(context: StepContext): Promise<DoneVerdict> {
  if (!context.infrastructure) return { is: 'impossible', because: 'the estate names no infrastructure code for it' };
  const own = await ownApply(context);
  if (own && !wasJudged(context, own)) return afterStart(context, own);
  if (!own && context.attempt?.outcome === 'acted' && !context.begunAnew) {
    return { is: 'not-yet-known', because: 'the apply that was started does not show yet' };
  }
  return (await recreationOf(context).standing(context)) ?? (await beforeStart(context));
}

async function beforeStart(context: StepContext): Promise<DoneVerdict> {
  const newest = await provisionerOf(context).newest();
  if (newest && !hasEnded(newest)) {
    const because = `apply ${newest.id} of somebody else is in the way (${wordsOf(newest)}): it is waited for`;
    return { is: 'not-yet-known', because };
  }
  const because = `workspace ${context.workspace.name} no longer knows the ${context.component.kind}`;
  return { is: 'not-done', because, seen: markOfNewest(newest), plan: planFor(context) };
}

function afterStart(context: StepContext, own: Apply): DoneVerdict {
  const { state } = own;
  switch (state.is) {
    case 'queued':
    case 'planning':
      return { is: 'not-yet-known', because: `apply ${own.id}: ${state.because}` };
    case 'needs-confirmation':
      return confirmable(context, own, state.changes);
    case 'needs-decision':
      return { is: 'impossible', because: `apply ${own.id}: ${state.because}, and waits for a person at ${own.link}` };
    default:
      return { is: 'under-way', because: `apply ${own.id}: ${wordsOf(own)}`, seen: markOf(own) };
  }
}

/** Only what was asked for: one resource more. Anything else in the plan is a person's to judge. */
function confirmable({ component }: StepContext, own: Apply, planned: PlannedChanges): DoneVerdict {
  const { additions, changes, destructions } = planned;
  const counts = `${additions} to add, ${changes} to change, ${destructions} to destroy`;
  if (additions !== 1 || changes !== 0 || destructions !== 0) {
    const because = `apply ${own.id} plans ${counts}, not the one ${component.kind} alone: confirm or discard it at ${own.link}`;
    return { is: 'impossible', because };
  }
  const plan = { how: 'confirm', text: `confirm apply ${own.id}, which plans ${counts} (${own.link})` };
  return { is: 'not-done', because: `apply ${own.id} waits for confirmation`, seen: markOf(own), plan };
}

function planFor({ infrastructure, component }: StepContext): Plan {
  if (!infrastructure) throw new Broken('broken', 'no infrastructure code to plan for');
  const { provisioner, address } = infrastructure;
  const text = `apply ${address} by ${provisioner.name} to recreate ${component.kind} ${component.id}: plan it, and confirm the plan if it adds this one resource and nothing else`;
  return { how: 'start', text };
}

async function act(context: StepContext, plan: Plan, lastLook: LastLook): Promise<ActVerdict> {
  const { infrastructure, attempt, component } = context;
  if (!infrastructure || !attempt) throw new Broken('broken', 'an apply without an attempt or without code');
  const { provisioner, address } = infrastructure;
  const id = idIn(attempt.seen);
  if (plan.how === 'confirm' && id !== undefined) {
    const answer = await provisioner.confirm(id, lastLook);
    return answer.accepted
      ? { acted: true, text: `apply ${id} is confirmed` }
      : { acted: false, because: answer.because };
  }
  const message = `Recreate ${component.kind} ${component.id} (${component.name ?? 'no name'})`;
  const started = await provisioner.start({ address, correlation: attempt.owner, message }, lastLook);
  if (!started.started) return { acted: false, because: started.because };
  const { id: begun, link } = started.apply;
  return { acted: true, more: true, text: `apply ${begun} is started and plans ${address} (${link})` };
}

async function verify(context: StepContext): Promise<VerifyVerdict> {
  const recreation = recreationOf(context);
  const own = context.infrastructure && (await verifiedApply(context));
  const standing = await recreation.verifyStanding(context);
  if (standing) return standing.is === 'failed' ? { ...standing, retryable: false } : standing;
  if (!own) {
    const because = `neither the ${context.component.kind} nor an apply for it is there`;
    return { is: 'failed', because, retryable: true };
  }
  switch (own.state.is) {
    case 'applied':
      return await recreation.verifyNew(context, own);
    case 'failed':
      return { is: 'failed', because: `apply ${own.id}: ${wordsOf(own)} (${own.link})`, retryable: true };
    case 'no-changes':
    case 'stopped':
    case 'needs-decision':
      return { is: 'failed', because: `apply ${own.id}: ${wordsOf(own)} (${own.link})`, retryable: false };
    default:
      return { is: 'waiting', because: `apply ${own.id}: ${wordsOf(own)}` };
  }
}

/** Takes back what has changed nothing yet. What is applying is let end: half a change is worse than a whole one. */
async function undo(context: StepContext): Promise<void> {
  const own = await ownApply(context);
  if (!own || own.state.is === 'stopped' || own.state.is === 'no-changes') return;
  if (own.state.is === 'failed' && own.state.in === 'plan') return;
  if (own.state.is === 'applied' || own.state.is === 'failed') {
    throw new Refused('provisioner-refused', `apply ${own.id}: ${wordsOf(own)}, and what it made stays (${own.link})`);
  }
  const answer = await provisionerOf(context).withdraw(own.id);
  if (!answer.accepted)
    throw new Unavailable('provisioner-unavailable', `apply ${own.id} cannot be withdrawn: ${answer.because}`);
}

function recreationOf({ component }: StepContext): Recreation {
  const recreation = recreations[component.kind];
  if (!recreation) throw new Broken('broken', `nothing recreates a ${component.kind}`);
  return recreation;
}

function wordsOf({ state }: Apply): string {
  switch (state.is) {
    case 'failed':
      return `its ${state.in} failed: ${state.because}`;
    case 'no-changes':
      return 'the code plans no change at this address: does it stand there?';
    case 'needs-confirmation':
      return 'it waits for confirmation';
    case 'applied':
      return 'it is applied';
    default:
      return state.because;
  }
}
