// Jobs and their runs in memory, by the words of the port. What the next attempts come to is ordered beforehand; a run that was repaired
// or started ends after its time, by the given clock.
import { Refused, Unavailable } from '../../shared/domain/errors.ts';
import type { JobSettings, RunDetail, RunEnd, RunSummary, TaskAttempt } from '../../shared/domain/jobs/run.ts';
import { newestAttempts } from '../../shared/domain/jobs/run.ts';
import type { Settings } from '../../shared/domain/runbooks/settings-change.ts';
import type { StartAnswer } from '../../shared/ports/answers.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { LastLook } from '../../shared/ports/last-look.ts';
import type { Jobs, ListedJob, RunNow, RunQuery } from '../../shared/ports/workspace-jobs.ts';
import { type Interrupt, uninterrupted } from './interruptions.ts';

const RUN_SECONDS = 300;
/** A list leaves out what is more. */
const MOST_LISTED_TASKS = 100;

/** `lost-request`: nothing happens, and nobody can know. */
type Trouble = 'unavailable' | 'lost-answer' | 'lost-request';
type End = Omit<RunEnd, 'at' | 'succeeded'>;
const SUCCESS: End = { code: 'SUCCESS', message: '' };

interface Life {
  run: RunDetail;
  /** What is going on in it: how it ends, and when. */
  course?: { readonly end: End; readonly at: number };
}

export interface Failure {
  readonly task?: string;
  readonly code: string;
  readonly message?: string;
  readonly clusterId?: string;
  readonly hasBegun?: boolean;
  /** The run itself is not over: Databricks tries the task again. */
  readonly runGoesOn?: true;
}

export class MemoryJobs implements Jobs {
  readonly calls: { readonly call: string; readonly id: string; readonly token?: string }[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #interrupt: Interrupt;
  readonly #jobs = new Map<string, JobSettings>();
  readonly #defined = new Map<string, Settings>();
  readonly #runs = new Map<string, Life>();
  readonly #tokens = new Map<string, string>();
  readonly #started = new Set<string>();
  readonly #nextEnds: End[] = [];
  readonly #troubles: Trouble[] = [];
  #ids = 1000;
  #lagSeconds = 0;

  constructor(clock: Pick<Clock, 'now'>, interrupt: Interrupt = uninterrupted) {
    this.#clock = clock;
    this.#interrupt = interrupt;
  }

  put(jobId: string, given: Partial<Omit<JobSettings, 'jobId'>> = {}): void {
    const tasks = [{ task: 'predict', maxRetries: 0 }];
    this.#jobs.set(jobId, { name: jobId, maxConcurrentRuns: 1, isContinuous: false, tasks, ...given, jobId });
  }

  remove(jobId: string): void {
    this.#jobs.delete(jobId);
  }

  /** Somebody changes its definition. */
  define(jobId: string, change: Settings): void {
    this.#defined.set(jobId, { ...this.#defined.get(jobId), ...change });
  }

  /** A run that has failed just now, and began an hour ago. */
  failed(jobId: string, failure: Failure, startedAt = this.#ago(3600)): string {
    const { task = 'predict', code, message = '', clusterId, hasBegun = true, runGoesOn } = failure;
    const end = this.#ended({ code, message });
    const attempt: TaskAttempt = {
      runId: this.#newId(),
      task,
      attempt: 0,
      startedAt,
      hasBegun,
      ...(clusterId === undefined ? {} : { clusterId }),
      end,
    };
    const whole = runGoesOn ? {} : { end: { ...end, code: code === 'RUN_EXECUTION_ERROR' ? code : 'INTERNAL_ERROR' } };
    return this.#begin(jobId, startedAt, [attempt], whole);
  }

  /** A run without any task: it was skipped. */
  skipped(jobId: string, code = 'MAX_CONCURRENT_RUNS_EXCEEDED'): string {
    const end = this.#ended({ code, message: 'Skipped' });
    return this.#begin(jobId, this.#ago(0), [], { end });
  }

  succeeded(jobId: string, startedAt = this.#ago(0)): string {
    return this.#begin(jobId, startedAt, [], { end: this.#ended(SUCCESS) });
  }

  /** A run that is not over yet. */
  goesOn(jobId: string, startedAt = this.#ago(0)): string {
    const attempt = { runId: this.#newId(), task: 'predict', attempt: 0, startedAt, hasBegun: true };
    return this.#begin(jobId, startedAt, [attempt], {});
  }

  /** It ends now. */
  ends(runId: string, { code, message = '' }: Pick<Failure, 'code' | 'message'>): void {
    const life = this.#known(runId);
    const ended = this.#ended({ code, message });
    life.run = { ...life.run, tasks: life.run.tasks.map((task) => ({ ...task, end: ended })), end: ended };
  }

  /** What the next repair or start comes to instead of success. */
  order(end: End): void {
    this.#nextEnds.push(end);
  }

  /** The next act meets with it. */
  trouble(trouble: Trouble): void {
    this.#troubles.push(trouble);
  }

  /** Lists show a run that we start only this much later. */
  lagAfterStart(seconds: number): void {
    this.#lagSeconds = seconds;
  }

  /** Somebody else repairs it. */
  repairedBySomebody(runId: string): void {
    this.#repair(runId);
  }

  acts(): readonly string[] {
    return this.calls.filter(({ call }) => call === 'repair' || call === 'runNow').map(({ call }) => call);
  }

  run(runId: string): Promise<RunDetail | undefined> {
    return this.#serve('run', runId, () => this.#view(runId));
  }

  job(jobId: string): Promise<JobSettings | undefined> {
    return this.#serve('job', jobId, () => this.#jobs.get(jobId));
  }

  definition(jobId: string): Promise<Settings | undefined> {
    return this.#serve('definition', jobId, () => this.#definition(jobId));
  }

  async *jobPages(): AsyncIterable<readonly ListedJob[]> {
    yield await this.#serve('jobPages', '', () =>
      [...this.#jobs.values()].map(({ jobId, name, tasks }) => {
        const definition = tasks.length > MOST_LISTED_TASKS ? undefined : this.#definition(jobId);
        return { jobId, name, ...(definition ? { definition } : {}) };
      }),
    );
  }

  async *runPages({ jobId, since, only }: RunQuery): AsyncIterable<readonly RunSummary[]> {
    const runs = [...this.#runs.keys()].flatMap((id) => this.#view(id) ?? []);
    const found = runs.filter(
      ({ runId, jobId: job, startedAt, end }) =>
        (jobId === undefined || job === jobId) &&
        startedAt >= since &&
        startedAt <= this.#ago(this.#started.has(runId) ? this.#lagSeconds : 0) &&
        (only === undefined || (only === 'completed') === (end !== undefined)),
    );
    const newest = found.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
    yield await this.#serve('runPages', jobId ?? '', () => newest);
    yield [];
  }

  repair({ runId, repairs }: Pick<RunDetail, 'runId' | 'repairs'>, lastLook: LastLook): Promise<StartAnswer> {
    return this.#act({ call: 'repair', id: runId }, lastLook, () => {
      const run = this.#view(runId);
      if (!run) throw new Refused('workspace-refused', `Run ${runId} does not exist`);
      if (!run.end) return { accepted: false, because: `Run ${runId} is in progress and cannot be repaired.` };
      if (run.repairs.at(-1)?.id !== repairs.at(-1)?.id)
        return {
          accepted: false,
          because: 'The latest repair ID needs to be provided in order to create a new repair',
        };
      this.#repair(runId);
      return { accepted: true };
    });
  }

  runNow({ jobId, token }: RunNow, lastLook: LastLook): Promise<StartAnswer> {
    return this.#act({ call: 'runNow', id: jobId, token }, lastLook, () => {
      if (!this.#tokens.has(token)) this.#tokens.set(token, this.#start(jobId));
      return { accepted: true };
    });
  }

  #definition(jobId: string): Settings | undefined {
    const job = this.#jobs.get(jobId);
    if (!job) return undefined;
    const tasks = job.tasks.map(({ task, maxRetries }) => ({ task_key: task, max_retries: maxRetries }));
    return { name: job.name, max_concurrent_runs: job.maxConcurrentRuns, tasks, ...this.#defined.get(jobId) };
  }

  /** Starts a run of the job, which ends as ordered. */
  #start(jobId: string): string {
    const now = this.#ago(0);
    const task = this.#jobs.get(jobId)?.tasks[0]?.task ?? 'predict';
    const attempt = { runId: this.#newId(), task, attempt: 0, startedAt: now, hasBegun: true };
    const runId = this.#begin(jobId, now, [attempt], {});
    this.#known(runId).course = this.#course();
    this.#started.add(runId);
    return runId;
  }

  #repair(runId: string): void {
    const life = this.#known(runId);
    const run = this.#view(runId) ?? life.run;
    const now = this.#ago(0);
    const again = newestAttempts(run)
      .filter(({ end }) => end?.succeeded === false)
      .map(({ end: _end, ...task }) => ({ ...task, runId: this.#newId(), attempt: task.attempt + 1, startedAt: now }));
    const { end: _over, ...going } = run;
    const repairs = [...run.repairs, { id: this.#newId(), startedAt: now }];
    life.run = { ...going, tasks: [...run.tasks, ...again], repairs };
    life.course = this.#course();
  }

  #course(): { end: End; at: number } {
    return { end: this.#nextEnds.shift() ?? SUCCESS, at: this.#clock.now().getTime() + RUN_SECONDS * 1000 };
  }

  #view(runId: string): RunDetail | undefined {
    const life = this.#runs.get(runId);
    if (!life) return undefined;
    const { run, course } = life;
    if (!course || this.#clock.now().getTime() < course.at) return run;
    const end = { ...course.end, succeeded: course.end.code === 'SUCCESS', at: new Date(course.at).toISOString() };
    const tasks = run.tasks.map((task) => (task.end ? task : { ...task, end }));
    return { ...run, tasks, end };
  }

  #begin(jobId: string, startedAt: string, tasks: readonly TaskAttempt[], more: { end?: RunEnd }): string {
    const runId = this.#newId();
    const name = this.#jobs.get(jobId)?.name ?? jobId;
    const run: RunDetail = { runId, jobId, name, ofJob: true, startedAt, tasks, repairs: [], parameters: {}, ...more };
    this.#runs.set(runId, { run });
    return runId;
  }

  #ended(end: End): RunEnd {
    return { ...end, succeeded: end.code === 'SUCCESS', at: this.#ago(0) };
  }

  async #act(
    call: { call: string; id: string; token?: string },
    lastLook: LastLook,
    effect: () => StartAnswer,
  ): Promise<StartAnswer> {
    const unwanted = await lastLook();
    if (unwanted !== undefined) return { accepted: false, because: unwanted };
    const trouble = this.#troubles.shift();
    if (trouble === 'unavailable' || trouble === 'lost-request')
      throw unavailable(call.call, trouble === 'lost-request');
    await this.#interrupt(`jobs.${call.call}`, 'before');
    this.calls.push(call);
    const answer = effect();
    await this.#interrupt(`jobs.${call.call}`, 'after');
    if (trouble === 'lost-answer') throw unavailable(call.call, true);
    return answer;
  }

  async #serve<T>(call: string, id: string, effect: () => T): Promise<T> {
    await this.#interrupt(`jobs.${call}`, 'before');
    this.calls.push({ call, id });
    const result = effect();
    await this.#interrupt(`jobs.${call}`, 'after');
    return result;
  }

  #known(runId: string): Life {
    const life = this.#runs.get(runId);
    if (!life) throw new Refused('workspace-refused', `Run ${runId} does not exist`);
    return life;
  }

  #newId(): string {
    this.#ids += 1;
    return String(this.#ids);
  }

  #ago(seconds: number): string {
    return new Date(this.#clock.now().getTime() - seconds * 1000).toISOString();
  }
}

function unavailable(call: string, mayHaveHappened: boolean): Unavailable {
  return new Unavailable('workspace-unavailable', `${call}: no answer (ordered)`, { mayHaveHappened });
}
