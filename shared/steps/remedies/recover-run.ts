// Recovering a failed run of a job (E9): repair it, run the job again, or leave it to a person. It waits for Databricks' own retries and
// for the clusters that the run depends on; it never acts on a cluster. A repair shows in the run's own list, so that none is made twice.
import { classify } from '../../domain/classification/classify.ts';
import { runVerdictOf } from '../../domain/classification/run-termination-codes.ts';
import { Broken } from '../../domain/errors.ts';
import { hashOf } from '../../domain/ids.ts';
import { newestTimeOf, type RunDetail, type RunSummary, wasSkipped } from '../../domain/jobs/run.ts';
import type { JobRun } from '../../domain/signals/signal.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext } from '../step.ts';
import { activeRuns, newerRuns } from './newer-runs.ts';
import { clusterNotReady } from './run-clusters.ts';
import { decideByData } from './run-data.ts';
import { verifyRun } from './run-health.ts';

const SLOW_SECONDS = 600;

export const recoverRun: Step = {
  id: 'recover-run',
  kinds: ['job'],
  title: 'Recover the run',
  action: 'retry_job',
  done,
  plan,
  act,
  verify: async (context) => await verifyRun(context, runOf(context).runId),
  advice: ({ component }) =>
    `Open the run of job ${component.name ?? component.id} in workspace ${component.workspace ?? 'unknown'}, look at what its tasks have written, repair its cause and the run, then close this incident.`,
};

async function done(context: StepContext): Promise<DoneVerdict> {
  const { runId, repairs = 0 } = runOf(context);
  const run = await context.workspace.jobs.run(runId);
  if (!run) return { is: 'impossible', because: `workspace ${context.workspace.name} no longer knows run ${runId}` };
  const newer = await newerRuns(context.workspace, run);
  const settled = settledBy(run, newer);
  if (settled !== undefined) return { is: 'done', because: settled };
  const ours = ownEffect(context, run, newer);
  if (ours !== undefined) return { is: 'under-way', because: ours, seen: context.attempt?.seen ?? null };
  if (!run.end) return stillActive(run, repairs);
  const active = newer.find(({ end }) => !end);
  if (active) return wait(`run ${active.runId} of the job is active: it may make this one needless`);
  return (
    (await noRoomFor(context, run)) ??
    pauseBefore(context, run) ??
    (await clusterNotReady(context)) ??
    (await decided(context, run, newer))
  );
}

/** It has succeeded, or the job has, in a run that began later. */
function settledBy(run: RunDetail, newer: readonly RunSummary[]): string | undefined {
  if (run.end?.succeeded) return `run ${run.runId} has succeeded`;
  const success = newer.find(({ end }) => end?.succeeded);
  return success && `run ${success.runId} of the job, which began later, has succeeded`;
}

/** Of an attempt whose end nobody saw only what is newer than what was seen before tells (invariant 3). */
function ownEffect({ attempt }: StepContext, { repairs }: RunDetail, newer: readonly RunSummary[]): string | undefined {
  if (!attempt || attempt.outcome !== undefined || attempt.seen === null) return undefined;
  const { seen } = attempt;
  const repair = repairs.find(({ startedAt }) => startedAt > seen);
  if (repair) return `its repair of ${repair.startedAt} shows that the earlier attempt happened`;
  const started = newer.find(({ startedAt }) => startedAt > seen);
  return started && `run ${started.runId} of ${started.startedAt} shows that the earlier attempt happened`;
}

function stillActive({ runId, repairs }: RunDetail, before: number): DoneVerdict {
  const repair = repairs.length > before ? repairs.at(-1) : undefined;
  if (repair)
    return { is: 'under-way', because: `run ${runId} was repaired at ${repair.startedAt}`, seen: repair.startedAt };
  return wait(`run ${runId} is not over: Databricks itself may try its tasks again`);
}

/** Beside as many as may run at once another one would be skipped, too. */
async function noRoomFor({ workspace }: StepContext, run: RunDetail): Promise<DoneVerdict | undefined> {
  if (!wasSkipped(run)) return undefined;
  const active = await activeRuns(workspace, run.jobId);
  const settings = active.length === 0 ? undefined : await workspace.jobs.job(run.jobId);
  if (!settings || active.length < settings.maxConcurrentRuns || settings.maxConcurrentRuns === 0) return undefined;
  const ids = active.map(({ runId }) => runId).join(', ');
  return wait(`run ${ids} of the job is active, and no more may be at once (max_concurrent_runs)`);
}

/** What was throttled or out of reach is left in peace first (facts/databricks.md 2.1). */
function pauseBefore({ clock, incident }: StepContext, { end }: RunDetail): DoneVerdict | undefined {
  const { retry } = runVerdictOf(incident.code) ?? classify({ code: incident.code, parameters: {} });
  if (retry !== 'slow' || end?.at === undefined) return undefined;
  const now = clock.now().getTime();
  const pauseMs = clock.millisecondsOf(SLOW_SECONDS);
  if (now - Date.parse(end.at) >= pauseMs) return undefined;
  return wait(`${incident.code} needs a pause of ${SLOW_SECONDS} s before the run is tried again`);
}

async function decided(context: StepContext, run: RunDetail, newer: readonly RunSummary[]): Promise<DoneVerdict> {
  const decision = await decisionFor(context, run);
  if (decision.decision === 'leave')
    return { is: 'impossible', because: `the run is left to a person: ${decision.because}` };
  const because = `run ${run.runId} ended with ${run.end?.code ?? 'no code'}`;
  return { is: 'not-done', because, seen: newestOf(run, newer), plan: planFor(run, decision) };
}

/** Also of the runs that began later and failed: what is not newer than they are is no effect of ours. */
function newestOf(run: RunDetail, newer: readonly RunSummary[]): string {
  const own = newestTimeOf(run);
  const times = newer.map(({ startedAt, end }) => end?.at ?? startedAt);
  return [own, ...times].sort().at(-1) ?? own;
}

async function decisionFor({ workspace, listed, incident }: StepContext, run: RunDetail) {
  const settings = await workspace.jobs.job(run.jobId);
  const policy = listed?.kind === 'job' ? listed : { rerun: 'check' as const, writes: [] };
  return await decideByData(workspace, { run, settings, policy, failureClass: incident.failureClass });
}

async function plan(context: StepContext): Promise<Plan> {
  const run = await mustKnow(context);
  return planFor(run, await decisionFor(context, run));
}

function planFor(
  run: RunDetail,
  { decision, because }: { decision: 'repair' | 'rerun' | 'leave'; because: string },
): Plan {
  const words = {
    repair: `repair run ${run.runId} of job ${run.name || run.jobId}`,
    rerun: `run job ${run.name || run.jobId} again in place of run ${run.runId}`,
    leave: `leave run ${run.runId} of job ${run.name || run.jobId} to a person`,
  };
  return { how: decision, text: `${words[decision]}, because ${because}` };
}

async function act(context: StepContext, { how }: Plan, lastLook: LastLook): Promise<ActVerdict> {
  const { jobs } = context.workspace;
  const run = await mustKnow(context);
  const newer = await newerRuns(context.workspace, run);
  if (newestOf(run, newer) !== context.attempt?.seen)
    return {
      acted: false,
      because: `run ${run.runId} of the job, or one after it, has gone on since it was looked at`,
    };
  const answer =
    how === 'rerun' ? await jobs.runNow(requestFor(context, run, newer), lastLook) : await jobs.repair(run, lastLook);
  return answer.accepted
    ? { acted: true, text: how === 'rerun' ? 'a new run was accepted' : 'the repair was accepted' }
    : { acted: false, because: answer.because };
}

/** The same token for the same wish: a start whose answer was lost is found, not made again. */
function requestFor({ incident }: StepContext, run: RunDetail, [newest]: readonly RunSummary[]) {
  const token = hashOf(`${incident.id}|${run.runId}|${newest?.runId ?? 'none'}`);
  return { jobId: run.jobId, token, parameters: run.parameters };
}

async function mustKnow(context: StepContext): Promise<RunDetail> {
  const { runId } = runOf(context);
  const run = await context.workspace.jobs.run(runId);
  if (!run) throw new Broken('broken', `no run ${runId} to plan for`);
  return run;
}

function runOf({ incident }: Pick<StepContext, 'incident'>): JobRun {
  if (!incident.jobRun) throw new Broken('broken', 'a job remedy got an incident without a run');
  return incident.jobRun;
}

function wait(because: string): DoneVerdict {
  return { is: 'not-yet-known', because };
}
