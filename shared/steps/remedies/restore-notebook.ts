// A notebook that is gone is brought back from its last good copy, then given its permissions: they hang on the object id and were lost with it.
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext, VerifyVerdict } from '../step.ts';
import { copyOf, hasItsAccess, isHealthy, type NotebookCopy } from './notebook-health.ts';

export const restoreNotebook: Step = {
  id: 'restore-notebook',
  kinds: ['notebook'],
  title: 'Restore the notebook from its last good copy',
  action: 'restore_notebook',
  done,
  plan,
  act,
  verify,
  advice: ({ component }) =>
    `Restore ${component.id} in workspace ${component.workspace ?? 'unknown'} from its repository or a colleague's copy, and give it its permissions.`,
};

/** Whether there is a notebook is what tells whether an act happened: creating one never replaces another. */
async function done(context: StepContext): Promise<DoneVerdict> {
  const { component, workspace } = context;
  const copy = await copyOf(context);
  const status = await workspace.notebooks.status(component.id);
  if (!status) {
    if (!copy) return { is: 'impossible', because: 'no good copy of it was ever seen' };
    return { is: 'not-done', because: 'there is no such notebook', seen: null, plan: creation(copy) };
  }
  if (!copy) return { is: 'done', because: 'the notebook is there' };
  if (await hasItsAccess(context, status, copy))
    return { is: 'done', because: 'the notebook and its permissions are there' };
  if (!(await isTheCopy(context, copy))) return { is: 'done', because: 'another notebook is there by now' };
  return { is: 'not-done', because: 'its permissions are not as before', seen: null, plan: granting(copy) };
}

async function plan(context: StepContext): Promise<Plan> {
  const copy = await copyOf(context);
  return copy ? creation(copy) : { how: 'none', text: 'nothing: no good copy of it was ever seen' };
}

async function act(context: StepContext, { how }: Plan, lastLook: Parameters<Step['act']>[2]): Promise<ActVerdict> {
  const { component, workspace } = context;
  const copy = await copyOf(context);
  if (!copy) return { acted: false, because: 'its last good copy is gone' };
  if (how === 'create') {
    const notebook = { language: copy.facts.language, source: copy.good.content };
    const answer = await workspace.notebooks.create(component.id, notebook, lastLook);
    if (!answer.accepted) return { acted: false, because: answer.because };
    const more = copy.facts.access.length > 0 ? ({ more: true } as const) : {};
    return { acted: true, text: 'the notebook was created from its last good copy', ...more };
  }
  const status = await workspace.notebooks.status(component.id);
  if (!status) return { acted: false, because: 'there is no such notebook' };
  const answer = await workspace.notebooks.setAccess(status.objectId, copy.facts.access, lastLook);
  return answer.accepted
    ? { acted: true, text: 'its permissions were set as before' }
    : { acted: false, because: answer.because };
}

async function verify(context: StepContext): Promise<VerifyVerdict> {
  const copy = await copyOf(context);
  const status = await context.workspace.notebooks.status(context.component.id);
  if (!status) return { is: 'failed', because: 'there is no such notebook', retryable: true };
  if (copy && !(await isTheCopy(context, copy)))
    return { is: 'failed', because: 'its source is not that of the last good copy', retryable: false };
  const source = copy ? ', its source is as before' : '';
  return await isHealthy(context, status, `the notebook is there${source}`);
}

async function isTheCopy({ workspace, component }: StepContext, { good }: NotebookCopy): Promise<boolean> {
  return (await workspace.notebooks.source(component.id)) === good.content;
}

function creation({ good, facts }: NotebookCopy): Plan {
  const size = Buffer.byteLength(good.content, 'utf8');
  const rights = `${facts.access.length} permission(s)`;
  return { how: 'create', text: `create ${good.id} from its copy of ${good.seenAt} (${size} bytes), with ${rights}` };
}

function granting({ good, facts }: NotebookCopy): Plan {
  return { how: 'grant', text: `give ${good.id} the ${facts.access.length} permission(s) that it had` };
}
