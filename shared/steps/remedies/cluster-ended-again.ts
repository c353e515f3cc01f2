// A cluster that is TERMINATED after our start: not started yet in the eyes of the API, or ended again?
import { classify } from '../../domain/classification/classify.ts';
import type { Cluster } from '../../ports/workspace.ts';
import type { StepContext, VerifyVerdict } from '../step.ts';

/** Right after an accepted start the API may still report the old end (facts/databricks.md 0.7): only a newer end counts. */
export function endedAgain(context: StepContext, cluster: Cluster): VerifyVerdict {
  const seen = context.actedSince ?? '';
  const isNew = cluster.terminatedAt !== undefined && cluster.terminatedAt > seen;
  if (!isNew) return { is: 'waiting', because: `the API still reports ${cluster.state} of before the start` };
  const reason = cluster.reason;
  if (!reason)
    return { is: 'failed', because: `it ended again: ${cluster.stateMessage || 'no reason given'}`, retryable: true };
  const { retry } = classify(reason);
  return {
    is: 'failed',
    because: `it ended again with ${reason.code}: ${cluster.stateMessage}`.trim(),
    // Whether the same remedy is tried again or another one is for the playbook of the new code to say.
    retryable: retry !== 'no' && retry !== 'never',
    reason,
  };
}
