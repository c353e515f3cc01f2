// A notebook run as a proof (E5): the one that the estate names for a cluster, or a restored one itself. Once for each time that the remedy
// was set going, in a run that can be found again.
import { hashOf } from '../../domain/ids.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { NotebookRunRequest } from '../../ports/workspace-notebook-runs.ts';
import type { StepContext, VerifyVerdict } from '../step.ts';

type Proof = Pick<NotebookRunRequest, 'clusterId' | 'path'> & {
  /** In the words of whoever reads of it, e.g. `its test notebook`. */
  readonly words: string;
};

/** Only a good result is 'passed'; without a test notebook there is nothing to fail. */
export async function runTestNotebook(context: StepContext, { id }: Cluster): Promise<'passed' | VerifyVerdict> {
  const path = context.listed?.kind === 'cluster' ? context.listed.testNotebook : undefined;
  if (path === undefined) return 'passed';
  return await runAsProof(context, { clusterId: id, path, words: `its test notebook ${path}` });
}

export async function runAsProof(context: StepContext, proof: Proof): Promise<'passed' | VerifyVerdict> {
  const { notebookRuns } = context.workspace;
  const runId = runOf(context) ?? (await notebookRuns.submit(requestFor(context, proof)));
  const state = await notebookRuns.state(runId);
  if (!state) return { is: 'failed', because: `the run ${runId} of ${proof.words} is not known`, retryable: true };
  if (!state.over) {
    const because = `${proof.words} is ${state.words} (run ${runId})`;
    return { is: 'waiting', because, notes: { ...context.notes, testRun: runId } };
  }
  if (state.succeeded) return 'passed';
  return { is: 'failed', because: `${proof.words} failed in run ${runId}: ${state.words}`, retryable: true };
}

/** The run that is under way, as far as it was noted. */
export function runOf({ notes }: StepContext): string | undefined {
  return typeof notes.testRun === 'string' ? notes.testRun : undefined;
}

/** The same one for whoever comes back after a crash; another one once it was set going again, by a person's order, too. */
function requestFor({ incident, attempts, verifyUntil, params }: StepContext, { clusterId, path }: Proof) {
  const parts = [incident.id, attempts.length, verifyUntil ?? '', path];
  return { clusterId, path, token: `lw-${hashOf(parts.join('|'))}`, timeoutSeconds: params.timeoutSeconds };
}
