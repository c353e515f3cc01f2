// A run that failed with a shared cluster waits until that cluster runs again and its driver answers. Its own incident sees to that.
import { classify } from '../../domain/classification/classify.ts';
import { isShared } from '../../domain/classification/classify-run.ts';
import { isClusterId } from '../../domain/ids.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { DoneVerdict, StepContext } from '../step.ts';

/** Real seconds in which one look waits for the driver; a slice of a run must stay short. */
const COMMAND_SECONDS = 10;

/** It ran, and nobody needed it: Jobs itself starts it again. Any other end is somebody's wish, or its own incident's. */
const IDLE = 'INACTIVITY';

/** Why the run cannot be recovered yet, or ever; undefined when all that it depends on is well. */
export async function clusterNotReady(context: StepContext): Promise<DoneVerdict | undefined> {
  for (const { id } of (context.incident.jobRun?.clusters ?? []).filter(isShared)) {
    const verdict = await lookAt(context, id);
    if (verdict) return verdict;
  }
  return undefined;
}

async function lookAt(context: StepContext, id: string): Promise<DoneVerdict | undefined> {
  const { workspace } = context;
  const cluster = isClusterId(id) ? await workspace.cluster(id) : undefined;
  if (!cluster) return { is: 'impossible', because: `cluster ${id}, on which the run depends, no longer exists` };
  // It could not be looked at when the run was judged.
  if (!isShared(cluster)) return undefined;
  if (cluster.state === 'TERMINATED' && cluster.reason?.code === IDLE) return undefined;
  if (cluster.state !== 'RUNNING')
    return { is: 'not-yet-known', because: `waits for cluster ${id}, ${stateOf(context, cluster)}` };
  const answer = await workspace.runCommand(cluster.id, 'print(1)', COMMAND_SECONDS);
  if (answer.answered) return undefined;
  return { is: 'not-yet-known', because: `waits for cluster ${id}, whose driver does not answer: ${answer.because}` };
}

/** Nobody but a person starts again what somebody stopped, unless the estate says that it always has to run. */
function stateOf({ listing }: StepContext, { id, state, reason }: Cluster): string {
  const listed = listing('cluster', id);
  const hasToRun = listed?.kind === 'cluster' && listed.alwaysOn;
  const isStopped = state === 'TERMINATED' && reason !== undefined && classify(reason).benign && !hasToRun;
  return isStopped
    ? `which was stopped (${reason.code}): somebody has to start it`
    : `which is ${state}: its own incident repairs it`;
}
