// The last proof of E5: the notebook that the estate names runs on the cluster, once, in a run that can be found again.
import { hashOf } from '../../domain/ids.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext, VerifyVerdict } from '../step.ts';

/** Only a good result is 'passed'; without a test notebook there is nothing to fail. */
export async function runTestNotebook(context: StepContext, cluster: Cluster): Promise<'passed' | VerifyVerdict> {
  const path = context.listed?.kind === 'cluster' ? context.listed.testNotebook : undefined;
  if (path === undefined) return 'passed';
  const { notebookRuns } = context.workspace;
  const noted = context.notes.testRun;
  const runId = typeof noted === 'string' ? noted : await notebookRuns.submit(requestFor(context, cluster, path));
  const state = await notebookRuns.state(runId);
  if (!state) return { is: 'failed', because: `the run ${runId} of its test notebook is not known`, retryable: true };
  if (!state.over) {
    const because = `its test notebook ${path} is ${state.words} (run ${runId})`;
    return { is: 'waiting', because, notes: { ...context.notes, testRun: runId } };
  }
  if (state.succeeded) return 'passed';
  return { is: 'failed', because: `its test notebook ${path} failed in run ${runId}: ${state.words}`, retryable: true };
}

/** One run for each time that the cluster was set going, whoever comes back after a crash. */
function requestFor({ incident, attempts, actedSince, params }: StepContext, { id: clusterId }: Cluster, path: string) {
  const newest = attempts.at(-1);
  const parts = [incident.id, newest?.owner ?? '', attempts.length, actedSince ?? '', path];
  return { clusterId, path, token: `lw-${hashOf(parts.join('|'))}`, timeoutSeconds: params.timeoutSeconds };
}
