// What the jobs of every workspace do, whatever is behind it: the adapter over a simulated Databricks, and those in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { goodDefinition } from '../../shared/domain/jobs/job-definition.ts';
import type { RunDetail, RunSummary } from '../../shared/domain/jobs/run.ts';
import type { LastLook } from '../../shared/ports/last-look.ts';
import type { Jobs, ListedJob, RunQuery } from '../../shared/ports/workspace-jobs.ts';

export const JOB = '412508634217801';

export interface JobsStage {
  readonly jobs: Jobs;
  /** JOB, with one task `main` on a cluster that runs, and with so many tasks in all. */
  put(tasks?: number): Promise<void>;
  /** How the next run, or the next repair, ends. */
  failNext(code: string, message: string): Promise<void>;
  pass(seconds: number): Promise<void>;
  now(): string;
  close(): Promise<void>;
}

/** Longer than any run here. */
const A_RUN = 900;
const EVER = '1970-01-01T00:00:00.000Z';
const wanted: LastLook = async () => undefined;

export function jobsContract(name: string, makeStage: () => Promise<JobsStage>): void {
  describe(`Jobs: ${name}`, () => {
    let stage: JobsStage;
    let jobs: Jobs;
    beforeEach(async () => {
      stage = await makeStage();
      jobs = stage.jobs;
      await stage.put();
    });
    afterEach(() => stage.close());

    async function start(token = 'token-1'): Promise<void> {
      const answer = await jobs.runNow({ jobId: JOB, token, parameters: {} }, wanted);
      expect(answer).toEqual({ accepted: true });
    }

    async function runs(query: Partial<RunQuery> = {}): Promise<RunSummary[]> {
      const found: RunSummary[] = [];
      for await (const page of jobs.runPages({ since: EVER, ...query })) found.push(...page);
      return found;
    }

    async function newest(): Promise<RunDetail> {
      const [summary] = await runs({ jobId: JOB });
      const run = summary && (await jobs.run(summary.runId));
      if (!run) throw new Error('no run of the job');
      return run;
    }

    async function failedRun(): Promise<RunDetail> {
      await stage.failNext('RUN_EXECUTION_ERROR', 'ValueError: no such column');
      await start();
      await stage.pass(A_RUN);
      return await newest();
    }

    it('C2: what it does not know is undefined', async () => {
      expect(await jobs.run('999999999999')).toBeUndefined();
      expect(await jobs.job('999999999999')).toBeUndefined();
    });

    it('E9: the settings tell retries and how many runs there may be', async () => {
      const settings = await jobs.job(JOB);
      expect(settings).toMatchObject({ jobId: JOB, name: 'nightly', maxConcurrentRuns: 1, isContinuous: false });
      expect(settings?.tasks).toEqual([{ task: 'main', maxRetries: 0 }]);
    });

    it('E9: the same token is the same run; another is another', async () => {
      await start('token-1');
      await start('token-1');
      expect(await runs({ jobId: JOB })).toHaveLength(1);
      await stage.pass(A_RUN);
      await start('token-2');
      expect(await runs({ jobId: JOB })).toHaveLength(2);
    });

    it('C2: a run is active, then over, with its end and its time', async () => {
      await start();
      expect((await newest()).end).toBeUndefined();
      await stage.pass(A_RUN);
      const { end, jobId, ofJob, startedAt } = await newest();
      expect({ jobId, ofJob }).toEqual({ jobId: JOB, ofJob: true });
      expect(end).toMatchObject({ code: 'SUCCESS', succeeded: true });
      expect(end?.at && startedAt < end.at).toBe(true);
    });

    it('A9: runs that are over and runs that are not are listed apart', async () => {
      await start();
      expect(await runs({ only: 'active' })).toHaveLength(1);
      expect(await runs({ only: 'completed' })).toEqual([]);
      await stage.pass(A_RUN);
      expect(await runs({ only: 'active' })).toEqual([]);
      expect(await runs({ only: 'completed' })).toHaveLength(1);
    });

    it('C2: a failed run tells which task failed, of what, and that its work had begun', async () => {
      const { end, tasks, repairs } = await failedRun();
      expect(end?.succeeded).toBe(false);
      expect(repairs).toEqual([]);
      const [task] = tasks;
      expect(task).toMatchObject({ task: 'main', attempt: 0, hasBegun: true, end: { code: 'RUN_EXECUTION_ERROR' } });
      expect(task?.end?.message).toContain('ValueError');
    });

    it('E9: a repair goes on in the same run, shows in its list, and cannot be made from what was read before it', async () => {
      const failed = await failedRun();
      expect(await jobs.repair(failed, wanted)).toEqual({ accepted: true });
      const active = await newest();
      expect(active).toMatchObject({ runId: failed.runId, repairs: [{ startedAt: expect.any(String) }] });
      expect(active.end).toBeUndefined();
      expect(await jobs.repair(active, wanted)).toMatchObject({ accepted: false });
      await stage.pass(A_RUN);
      const repaired = await newest();
      expect(repaired.end?.succeeded).toBe(true);
      expect(repaired.tasks).toHaveLength(2);
    });

    it('E9: a second repair needs the first: whoever does not know it is refused, and nothing runs', async () => {
      const failed = await failedRun();
      await stage.failNext('INTERNAL_ERROR', 'again');
      await jobs.repair(failed, wanted);
      await stage.pass(A_RUN);
      expect(await jobs.repair(failed, wanted)).toMatchObject({
        accepted: false,
        because: expect.stringContaining('repair'),
      });
      expect((await newest()).repairs).toHaveLength(1);
      expect(await jobs.repair(await newest(), wanted)).toEqual({ accepted: true });
      expect((await newest()).repairs).toHaveLength(2);
    });

    it('E9: what is no longer wanted in the last moment is not sent', async () => {
      const failed = await failedRun();
      const unwanted: LastLook = async () => 'the stop switch is on';
      const refused = { accepted: false, because: 'the stop switch is on' };
      expect(await jobs.repair(failed, unwanted)).toEqual(refused);
      expect(await jobs.runNow({ jobId: JOB, token: 'other', parameters: {} }, unwanted)).toEqual(refused);
      expect(await runs({ jobId: JOB })).toHaveLength(1);
      expect((await newest()).repairs).toEqual([]);
    });

    it('B2: runs are listed newest first, by job, by time, and only those that are over', async () => {
      await start('one');
      await stage.pass(A_RUN);
      const later = stage.now();
      await start('two');
      const [second, first] = await runs({ jobId: JOB });
      expect(second && first && second.startedAt > first.startedAt).toBe(true);
      expect(await runs({ jobId: JOB, since: later })).toHaveLength(1);
      expect((await runs({ jobId: JOB, only: 'completed' })).map(({ runId }) => runId)).toEqual([first?.runId]);
      expect(await runs({ jobId: '77' })).toEqual([]);
    });

    it('B3: all jobs are listed with their names and definitions, which are the same when asked for alone', async () => {
      const listed: ListedJob[] = [];
      for await (const page of jobs.jobPages()) listed.push(...page);
      const found = listed.find(({ jobId }) => jobId === JOB);
      expect(found).toMatchObject({ name: 'nightly', definition: { name: 'nightly', tasks: [{ task_key: 'main' }] } });
      const alone = await jobs.definition(JOB);
      expect(goodDefinition(alone ?? {})).toEqual(goodDefinition(found?.definition ?? {}));
      expect(await jobs.definition('999999999999')).toBeUndefined();
    });

    it('B3: of a job with more tasks than a list shows, the whole definition is read alone', async () => {
      await stage.put(130);
      const listed: ListedJob[] = [];
      for await (const page of jobs.jobPages()) listed.push(...page);
      const found = listed.find(({ jobId }) => jobId === JOB);
      expect(found?.name).toBe('nightly');
      expect(found?.definition).toBeUndefined();
      expect((await jobs.definition(JOB))?.tasks).toHaveLength(130);
    });
  });
}
