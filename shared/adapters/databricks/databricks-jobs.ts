// Jobs and runs over REST (API 2.2). Ids travel as numbers, tasks of one run over several pages, parameters of a run back into its repair.
import { Refused } from '../../domain/errors.ts';
import { isNumberId } from '../../domain/ids.ts';
import type { JobSettings, RunDetail, RunSummary } from '../../domain/jobs/run.ts';
import type { Settings } from '../../domain/runbooks/settings-change.ts';
import type { StartAnswer } from '../../ports/answers.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { Jobs, ListedJob, RunNow, RunQuery } from '../../ports/workspace-jobs.ts';
import type { Answer, WorkspaceCalls } from './calls.ts';
import { definitionAnswer, jobAnswer, jobPage, runAnswer, runPage, withNextPage } from './jobs-wire.ts';
import { accepted, PageGuard, parsed, read } from './parse.ts';
import { saysUnknown } from './translate.ts';

const PATH = '/api/2.2/jobs';
/** The service's largest pages (docs.databricks.com/api/azure/workspace/jobs/list and listruns). */
const JOBS_PER_PAGE = 100;
const RUNS_PER_PAGE = 25;
/** Somebody has repaired the run since it was read (databricks-sdk-py#157). */
const REPAIRED_SINCE = /latest repair ID|is not the latest repair/i;

type Query = Readonly<Record<string, string | number>>;

export class DatabricksJobs implements Jobs {
  readonly #workspace: string;
  readonly #calls: WorkspaceCalls;

  constructor(workspace: string, calls: WorkspaceCalls) {
    this.#workspace = workspace;
    this.#calls = calls;
  }

  async run(runId: string): Promise<RunDetail | undefined> {
    const seen = new PageGuard(this.#workspace);
    let found: RunDetail | undefined;
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query = { run_id: numberOf(runId), include_history: 'true', ...(token !== '' && { page_token: token }) };
      const answer = await this.#calls.ask(read(`${PATH}/runs/get`, query));
      if (!answer.ok && saysUnknown(answer.failure)) return undefined;
      const page: { run: RunDetail; next: string | undefined } = parsed(this.#workspace, runAnswer, answer, 'a run');
      found = found ? { ...found, tasks: [...found.tasks, ...page.run.tasks] } : page.run;
      token = seen.next(page.next);
    }
    return found;
  }

  async job(jobId: string): Promise<JobSettings | undefined> {
    const seen = new PageGuard(this.#workspace);
    let found: JobSettings | undefined;
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query = { job_id: numberOf(jobId), ...(token !== '' && { page_token: token }) };
      const answer = await this.#calls.ask(read(`${PATH}/get`, query));
      if (!answer.ok && saysUnknown(answer.failure)) return undefined;
      const page: { job: JobSettings; next: string | undefined } = parsed(this.#workspace, jobAnswer, answer, 'a job');
      found = found ? { ...found, tasks: [...found.tasks, ...page.job.tasks] } : page.job;
      token = seen.next(page.next);
    }
    return found;
  }

  async definition(jobId: string): Promise<Settings | undefined> {
    let found: Settings | undefined;
    for await (const answer of this.#pages('get', { job_id: numberOf(jobId) })) {
      if (!answer.ok && saysUnknown(answer.failure)) return undefined;
      const { settings } = parsed(this.#workspace, definitionAnswer, answer, 'a job');
      found = found ? withNextPage(found, settings) : settings;
    }
    return found;
  }

  async *jobPages(): AsyncIterable<readonly ListedJob[]> {
    for await (const answer of this.#pages('list', { limit: JOBS_PER_PAGE, expand_tasks: 'true' })) {
      const page = parsed(this.#workspace, jobPage, answer, 'a list of jobs');
      yield page.jobs;
    }
  }

  async *runPages({ jobId, since, only }: RunQuery): AsyncIterable<readonly RunSummary[]> {
    const query = {
      limit: RUNS_PER_PAGE,
      start_time_from: Date.parse(since),
      ...(jobId !== undefined && { job_id: numberOf(jobId) }),
      ...(only && { [`${only}_only`]: 'true' }),
    };
    for await (const answer of this.#pages('runs/list', query)) {
      yield parsed(this.#workspace, runPage, answer, 'a list of runs').runs;
    }
  }

  repair(run: Pick<RunDetail, 'runId' | 'repairs' | 'parameters'>, lastLook: LastLook): Promise<StartAnswer> {
    const latest = run.repairs.at(-1)?.id;
    const body = {
      ...run.parameters,
      run_id: numberOf(run.runId),
      rerun_all_failed_tasks: true,
      rerun_dependent_tasks: true,
      ...(latest !== undefined && { latest_repair_id: numberOf(latest) }),
    };
    return this.#act('runs/repair', body, lastLook);
  }

  runNow({ jobId, token, parameters }: RunNow, lastLook: LastLook): Promise<StartAnswer> {
    return this.#act('run-now', { ...parameters, job_id: numberOf(jobId), idempotency_token: token }, lastLook);
  }

  async *#pages(verb: string, query: Query): AsyncIterable<Answer> {
    const seen = new PageGuard(this.#workspace);
    for (let token: string | undefined = ''; token !== undefined; ) {
      const answer = await this.#calls.ask(
        read(`${PATH}/${verb}`, { ...query, ...(token !== '' && { page_token: token }) }),
      );
      yield answer;
      token = seen.next(nextPage(answer));
    }
  }

  async #act(verb: string, body: Record<string, unknown>, lastLook: LastLook): Promise<StartAnswer> {
    const path = `${PATH}/${verb}`;
    const answer = await this.#calls.ask({ method: 'POST', path, body, repeatable: false, lastLook });
    if (!answer.ok && REPAIRED_SINCE.test(answer.failure.detail)) {
      return { accepted: false, because: answer.failure.detail };
    }
    return accepted(answer);
  }
}

function nextPage(answer: Answer): string | undefined {
  const body = answer.ok ? answer.body : undefined;
  if (typeof body !== 'object' || body === null || !('next_page_token' in body)) return undefined;
  return typeof body.next_page_token === 'string' ? body.next_page_token : undefined;
}

/** What is no id stops here, before any call. */
function numberOf(id: string): number {
  if (isNumberId(id)) return Number(id);
  throw new Refused('workspace-refused', 'this is not the id of a job, a run or a repair');
}
