// The other runs of the same job: what those came to that began after a failed one decides about it, and whether one is going on now.
import type { RunSummary } from '../../domain/jobs/run.ts';
import type { Workspace } from '../../ports/workspace.ts';

/** On the service's clock: before everything. */
const EVER = '1970-01-01T00:00:00.000Z';
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

/** Those that are not over, whenever they began. */
export async function activeRuns({ jobs }: Workspace, jobId: string): Promise<readonly RunSummary[]> {
  const active: RunSummary[] = [];
  for await (const page of jobs.runPages({ jobId, since: EVER, only: 'active' })) active.push(...page);
  return active;
}
