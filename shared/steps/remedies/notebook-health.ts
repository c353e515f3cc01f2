// E5 for notebooks: it exists, its permissions are as before, and it runs where the estate says that it may: a notebook that sets something
// up changes data when it is run, so that is nobody's to assume.
import { type NotebookFacts, notebookFactsOf, sameAccess } from '../../domain/inventory/notebook-copy.ts';
import type { LastGood } from '../../ports/inventory.ts';
import type { NotebookStatus } from '../../ports/workspace-notebooks.ts';
import type { StepContext, VerifyVerdict } from '../step.ts';
import { runAsProof, runOf } from './test-notebook.ts';

export interface NotebookCopy {
  readonly good: LastGood;
  readonly facts: NotebookFacts;
}

export async function copyOf({ inventory, workspace, component }: StepContext): Promise<NotebookCopy | undefined> {
  const good = await inventory.lastGood({ workspace: workspace.name, kind: 'notebook', id: component.id });
  const facts = good && notebookFactsOf(good.facts);
  return good && facts ? { good, facts } : undefined;
}

export async function hasItsAccess(
  { workspace }: StepContext,
  { objectId }: NotebookStatus,
  { facts }: NotebookCopy,
): Promise<boolean> {
  return sameAccess(await workspace.notebooks.access(objectId), facts.access);
}

/** With its permissions, as far as they are known, and with a run of it where the estate wants one. `what` was proved before. */
export async function isHealthy(context: StepContext, status: NotebookStatus, what: string): Promise<VerifyVerdict> {
  const copy = await copyOf(context);
  if (copy && !(await hasItsAccess(context, status, copy)))
    return { is: 'failed', because: 'its permissions are not as before', retryable: true };
  const found = copy ? `${what}, its permissions are as before` : what;
  const run = await runOnce(context);
  if (run === 'not-wanted') return { is: 'succeeded', because: found };
  return run === 'passed' ? { is: 'succeeded', because: `${found}, and it ran` } : run;
}

/** Only on a cluster that runs anyway: a proof starts no compute. A notebook that failed is not run again by itself. */
async function runOnce(context: StepContext): Promise<'passed' | 'not-wanted' | VerifyVerdict> {
  const { listed, workspace, component } = context;
  if (listed?.kind !== 'notebook' || !listed.verifyByRun || !listed.runOn) return 'not-wanted';
  const { runOn: clusterId } = listed;
  if (runOf(context) === undefined) {
    const state = (await workspace.cluster(clusterId))?.state ?? 'not known';
    if (state !== 'RUNNING')
      return { is: 'waiting', because: `cluster ${clusterId}, on which it is to run, is ${state}` };
  }
  const verdict = await runAsProof(context, { clusterId, path: component.id, words: 'the notebook' });
  return verdict !== 'passed' && verdict.is === 'failed' ? { ...verdict, retryable: false } : verdict;
}
