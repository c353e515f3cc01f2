// The jobs of a workspace and their runs. A repair has no token: two of them are told apart by the run's own list of repairs, and the
// service refuses the one that does not know the last. Another run has a token: the same token is the same run.

import type { JobSettings, RunDetail, RunSummary } from '../domain/jobs/run.ts';
import type { Settings } from '../domain/runbooks/settings-change.ts';
import type { StartAnswer } from './answers.ts';
import type { LastLook } from './last-look.ts';

export interface RunQuery {
  /** Of this job; of all where it is missing. */
  readonly jobId?: string;
  /** ISO instant on the service's clock: runs that started at or after it. */
  readonly since: string;
  /** Only those that are over, or only those that are not; all where it is missing. */
  readonly only?: 'completed' | 'active';
}

export interface RunNow {
  readonly jobId: string;
  readonly token: string;
  readonly parameters: RunDetail['parameters'];
}

/** A job as the list has it. */
export interface ListedJob extends Pick<JobSettings, 'jobId' | 'name'> {
  /** All that it is defined by, in Databricks' spelling; absent where the list leaves out a part. */
  readonly definition?: Settings;
}

export interface Jobs {
  /** undefined: this workspace does not know it. */
  run(runId: string): Promise<RunDetail | undefined>;
  /** undefined: this workspace does not know it. */
  job(jobId: string): Promise<JobSettings | undefined>;
  /** Every page of the list of jobs. Never one call per job. */
  jobPages(): AsyncIterable<readonly ListedJob[]>;
  /** All that it is defined by, for what the list leaves out. undefined: this workspace does not know it. */
  definition(jobId: string): Promise<Settings | undefined>;
  /** Every page of the list of runs, the newest first. */
  runPages(query: RunQuery): AsyncIterable<readonly RunSummary[]>;
  /** Its failed tasks and what depends on them once more, as part of the run as it was read. */
  repair(run: Pick<RunDetail, 'runId' | 'repairs' | 'parameters'>, lastLook: LastLook): Promise<StartAnswer>;
  runNow(request: RunNow, lastLook: LastLook): Promise<StartAnswer>;
}
