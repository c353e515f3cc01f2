// Which failures of a job a success takes back, and which success: that of the run that failed, or of one that began later.
import type { FailureClass } from '../classification/failure-classes.ts';
import type { Incident } from '../incidents/incident.ts';
import type { RunSummary } from './run.ts';

export const takenBackBySuccess: readonly FailureClass[] = [
  'DatabricksJobFailed',
  'DatabricksJobInterrupted',
  'DatabricksJobSlow',
  'DatabricksStreamingBacklog',
];

export function isMadeGoodBy(
  { failedAt, openedAt, jobRun }: Pick<Incident, 'failedAt' | 'openedAt' | 'jobRun'>,
  { runId, startedAt, end }: Pick<RunSummary, 'runId' | 'startedAt' | 'end'>,
): boolean {
  const since = failedAt ?? openedAt;
  if (!end?.succeeded || (end.at ?? '') <= since) return false;
  return runId === jobRun?.runId || startedAt > since;
}
