// The runs of the same job that began after a failed one: what they came to decides about it.
import type { RunSummary } from '../../domain/jobs/run.ts';
import type { Workspace } from '../../ports/workspace.ts';

/** Enough to see what has become of the job; the newest come first. */
const MOST_RUNS = 100;

export async function newerRuns(
  { jobs }: Workspace,
  { runId, jobId, startedAt }: RunSummary,
): Promise<readonly RunSummary[]> {
  const found: RunSummary[] = [];
  for await (const page of jobs.runPages({ jobId, since: startedAt })) {
    found.push(...page.filter((run) => run.runId !== runId && run.startedAt > startedAt));
    if (found.length >= MOST_RUNS) break;
  }
  return found;
}
