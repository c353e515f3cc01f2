// A recreated notebook stands at its old path. What it holds is what the code says; what was there before may have been something else.
import type { Apply } from '../../ports/provisioner.ts';
import type { DoneVerdict, StepContext, VerifyVerdict } from '../step.ts';
import { isHealthy } from './notebook-health.ts';
import { proved, type Recreation, stands } from './recreation.ts';

export const notebookRecreation: Recreation = {
  standing,
  /** At the same path, so what stands there may be what the apply is making. */
  verifyStanding: async () => undefined,
  verifyNew,
};

/** Whether one that stands there is well was the question of whatever was tried before. */
async function standing(context: StepContext): Promise<DoneVerdict | undefined> {
  const status = await context.workspace.notebooks.status(context.component.id);
  return status && stands(context, 'there');
}

async function verifyNew(context: StepContext, own: Apply): Promise<VerifyVerdict> {
  const status = await context.workspace.notebooks.status(context.component.id);
  if (!status) return { is: 'waiting', because: `apply ${own.id} is done, and the notebook does not show yet` };
  const what = `apply ${own.id} recreated ${context.component.id}`;
  return proved(what, await isHealthy(context, status, 'the notebook is there'));
}
