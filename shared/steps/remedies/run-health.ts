// E5 for runs: recovered is what has succeeded, in the repaired run or in one that began later. A repair that fails again says so.
import { classifyRun, type FailedPart } from '../../domain/classification/classify-run.ts';
import { failedTasks, type RunDetail } from '../../domain/jobs/run.ts';
import type { StepContext, VerifyVerdict } from '../step.ts';
import { newerRuns } from './newer-runs.ts';

export async function verifyRun(context: StepContext, runId: string): Promise<VerifyVerdict> {
  const { workspace, actedSince = '' } = context;
  const run = await workspace.jobs.run(runId);
  if (!run) return { is: 'failed', because: `the workspace no longer knows run ${runId}`, retryable: false };
  if (run.end?.succeeded) return succeeded(runId, run.end.at);
  const newer = await newerRuns(workspace, run);
  const success = newer.find(({ end }) => end?.succeeded);
  if (success) return succeeded(success.runId, success.end?.at);
  if (!run.end) return { is: 'waiting', because: `run ${runId} is under way` };
  if ((run.end.at ?? '') > actedSince) return failedAgain(run);
  // A list may not show yet what was started: one that began before says nothing of it.
  const newest = newer.find(({ startedAt }) => startedAt > actedSince);
  if (!newest) return { is: 'waiting', because: `no repair of run ${runId} and no run that began since shows yet` };
  if (!newest.end) return { is: 'waiting', because: `run ${newest.runId} is under way` };
  return { is: 'failed', because: `run ${newest.runId} ended with ${newest.end.code}`, retryable: false };
}

function succeeded(runId: string, at: string | undefined): VerifyVerdict {
  return { is: 'succeeded', because: `run ${runId} has succeeded`, ...(at === undefined ? {} : { recoveredAt: at }) };
}

/** The same trouble may pass with another try; an error of the job itself does not. */
function failedAgain(run: RunDetail): VerifyVerdict {
  const parts = failedTasks(run).map(
    ({ task, end }): FailedPart => ({ task, code: end?.code ?? '', message: end?.message ?? '' }),
  );
  const { code, failureClass } = classifyRun(parts.length > 0 ? parts : [{ code: run.end?.code ?? '', message: '' }]);
  const retryable = failureClass === 'DatabricksJobInterrupted';
  return { is: 'failed', because: `run ${run.runId} failed again, with ${code}`, retryable };
}
