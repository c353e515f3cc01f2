// The Jobs API as the real SDK meets it: what starts and what waits, repairs, one-time runs, and what the workspace refuses.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JOBS_PAGE, QUEUED_HOURS, RUN_SECONDS, RUNS_PAGE } from '../../local/databricks/jobs/refusals.ts';
import { aJob, aRun, attemptsOf, BEGUN, CLUSTERS, OVER, order, runOf } from '../builders/simulated-jobs.ts';
import { aWorkspace, type Bench, START } from '../builders/simulated-workspace.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({ clusters: CLUSTERS });
});
afterEach(() => bench.stop());

const post = (verb: string, body: unknown) => bench.call('POST', `/api/2.2/jobs/${verb}`, body);
const codeOf = async (run: number) => (await runOf(bench, run)).status?.termination_details?.code;
const stateOf = async (run: number) => (await runOf(bench, run)).status?.state;

describe('E9: a start with an idempotency token', () => {
  test('E9: is one run however often it is asked for, also when it has failed meanwhile', async () => {
    const job = await aJob(bench);
    await order(bench, job, { fail: {} });
    const run = await aRun(bench, job, { idempotency_token: 'incident-1' });
    expect(await aRun(bench, job, { idempotency_token: 'incident-1' })).toBe(run);
    bench.clock.advance(OVER);
    expect(await aRun(bench, job, { idempotency_token: 'incident-1' })).toBe(run);
    expect(await aRun(bench, job, { idempotency_token: 'incident-2' })).not.toBe(run);
  });

  test('E9: is refused when its run was deleted, and when the token is too long', async () => {
    const job = await aJob(bench);
    const run = await aRun(bench, job, { idempotency_token: 'gone' });
    expect((await post('runs/delete', { run_id: run })).json.error_code).toBe('INVALID_STATE');
    bench.clock.advance(OVER);
    await post('runs/delete', { run_id: run });
    expect((await post('run-now', { job_id: job, idempotency_token: 'gone' })).status).toBe(400);
    expect((await post('run-now', { job_id: job, idempotency_token: 'x'.repeat(65) })).status).toBe(400);
  });
});

describe('L3: runs of one job beside each other', () => {
  test('L3: beyond the limit are skipped', async () => {
    const job = await aJob(bench);
    await aRun(bench, job);
    const second = await aRun(bench, job);
    expect(await runOf(bench, second)).toMatchObject({
      state: { life_cycle_state: 'SKIPPED', result_state: 'MAXIMUM_CONCURRENT_RUNS_REACHED' },
      status: { termination_details: { code: 'MAX_CONCURRENT_RUNS_EXCEEDED' } },
    });
  });

  test('G3: of a job whose limit is 0 are skipped although it queues, and the active one goes on', async () => {
    const job = await aJob(bench, { queue: { enabled: true } });
    const active = await aRun(bench, job);
    await bench.client.jobs.update({ job_id: job, new_settings: { max_concurrent_runs: 0 } });
    expect(await codeOf(await aRun(bench, job))).toBe('MAX_CONCURRENT_RUNS_EXCEEDED');
    bench.clock.advance(OVER);
    expect(await codeOf(active)).toBe('SUCCESS');
  });

  test('L3: wait in the queue where the job says so, one after the other, and start when there is room', async () => {
    const job = await aJob(bench, { queue: { enabled: true } });
    await aRun(bench, job);
    const second = await aRun(bench, job);
    const third = await aRun(bench, job);
    expect(await runOf(bench, second)).toMatchObject({
      state: { life_cycle_state: 'QUEUED', queue_reason: expect.any(String) },
      status: { state: 'QUEUED', queue_details: { code: 'MAX_CONCURRENT_RUNS_REACHED' } },
    });
    bench.clock.advance(OVER);
    expect([await stateOf(second), await stateOf(third)]).toEqual(['PENDING', 'QUEUED']);
    expect((await runOf(bench, second)).queue_duration).toBe(OVER * 1000);
    bench.clock.advance(2 * OVER);
    expect([await codeOf(second), await codeOf(third)]).toEqual(['SUCCESS', 'SUCCESS']);
  });

  test('L3: wait for 48 hours at most', async () => {
    const job = await aJob(bench, { queue: { enabled: true } });
    await order(bench, job, { seconds: (QUEUED_HOURS + 1) * 3600 });
    await aRun(bench, job);
    const second = await aRun(bench, job);
    bench.clock.advance(QUEUED_HOURS * 3600);
    expect(await codeOf(second)).toBe('MAX_CONCURRENT_RUNS_EXCEEDED');
  });
});

describe('L3: a schedule', () => {
  const hourly = { quartz_cron_expression: '0 0 * * * ?', timezone_id: 'UTC' };

  test('L3: starts its job by itself, until it is paused', async () => {
    const job = await aJob(bench, { schedule: { ...hourly, pause_status: 'UNPAUSED' } });
    bench.clock.advance(2 * 3600);
    const { json } = await bench.call('GET', `/api/2.2/jobs/runs/list?job_id=${job}`);
    expect(json.runs.map((run: { trigger: string; start_time: number }) => [run.trigger, run.start_time])).toEqual([
      ['PERIODIC', START + 2 * 3_600_000],
      ['PERIODIC', START + 3_600_000],
    ]);
    await bench.client.jobs.update({ job_id: job, new_settings: { schedule: { ...hourly, pause_status: 'PAUSED' } } });
    bench.clock.advance(5 * 3600);
    expect((await bench.call('GET', `/api/2.2/jobs/runs/list?job_id=${job}`)).json.runs).toHaveLength(2);
  });

  test('L3: counts days of the week as Quartz does, from Sunday, 1', async () => {
    // START is a Monday.
    await aJob(bench, { name: 'mondays', schedule: { quartz_cron_expression: '0 0 9 ? * 2', timezone_id: 'UTC' } });
    bench.clock.advance(7 * 24 * 3600);
    expect((await bench.call('GET', '/api/2.2/jobs/runs/list')).json.runs).toHaveLength(1);
  });
});

describe('E9: a repair', () => {
  const tasks = [
    { task_key: 'load', existing_cluster_id: 'up' },
    { task_key: 'score', existing_cluster_id: 'up', depends_on: [{ task_key: 'load' }] },
    { task_key: 'other', existing_cluster_id: 'up' },
  ];
  async function aFailedRun(times = 1) {
    const job = await aJob(bench, { tasks });
    await order(bench, job, { task: 'load', fail: {}, times });
    const run = await aRun(bench, job);
    bench.clock.advance(2 * OVER);
    return { job, run };
  }
  const repair = (run: number, more: Record<string, unknown> = { rerun_all_failed_tasks: true }) =>
    post('runs/repair', { run_id: run, ...more });

  test('E9: runs what failed and what it kept from running, and leaves the rest', async () => {
    const { run } = await aFailedRun();
    expect(await codeOf(run)).toBe('RUN_EXECUTION_ERROR');
    const { json } = await repair(run);
    expect(await stateOf(run), 'the run is active again').toBe('RUNNING');
    bench.clock.advance(2 * OVER);
    const found = await runOf(bench, run);
    expect(found.status?.termination_details?.code).toBe('SUCCESS');
    const attempts = found.tasks?.map(({ task_key: key, attempt_number: n, state }) => [key, n, state?.result_state]);
    expect(attempts).toEqual([
      ['load', 0, 'FAILED'],
      ['score', 0, 'UPSTREAM_FAILED'],
      ['other', 0, 'SUCCESS'],
      ['load', 1, 'SUCCESS'],
      ['score', 1, 'SUCCESS'],
    ]);
    expect(found.repair_history).toMatchObject([
      { type: 'ORIGINAL', status: { termination_details: { code: 'RUN_EXECUTION_ERROR' } } },
      { type: 'REPAIR', id: json.repair_id, status: { termination_details: { code: 'SUCCESS' } } },
    ]);
  });

  test('E9: from the second on needs the id of the last', async () => {
    const { run } = await aFailedRun(3);
    const first = (await repair(run)).json.repair_id;
    bench.clock.advance(2 * OVER);
    const refused = await repair(run);
    expect(refused.status).toBe(400);
    expect(refused.json.message).toBe('The latest repair ID needs to be provided in order to create a new repair');
    expect((await repair(run, { rerun_all_failed_tasks: true, latest_repair_id: 1 })).status).toBe(400);
    const second = await repair(run, { rerun_all_failed_tasks: true, latest_repair_id: first });
    expect(second.json.repair_id).not.toBe(first);
    bench.clock.advance(2 * OVER);
    const history = (await runOf(bench, run)).repair_history;
    expect(history?.map(({ id }) => id)).toEqual([undefined, first, second.json.repair_id]);
  });

  test('E9: is refused while the run is active, where nothing failed, for a one-time run, and with two kinds of choice', async () => {
    const job = await aJob(bench, { tasks });
    const run = await aRun(bench, job);
    expect((await repair(run)).json.error_code).toBe('INVALID_STATE');
    bench.clock.advance(3 * OVER);
    expect((await repair(run)).status).toBe(400);
    expect((await repair(run, { rerun_tasks: ['load'], rerun_all_failed_tasks: true })).status).toBe(400);
    expect((await repair(run, { rerun_tasks: ['unknown'] })).status).toBe(400);
    const { run_id: once } = await bench.client.jobs.submit({ tasks: [{ task_key: 'a', existing_cluster_id: 'up' }] });
    bench.clock.advance(OVER);
    expect((await repair(once ?? 0, { rerun_tasks: ['a'] })).status).toBe(400);
  });

  test('E9: takes single tasks, with those that depend on them only on request', async () => {
    const job = await aJob(bench, { tasks });
    const run = await aRun(bench, job);
    bench.clock.advance(2 * OVER);
    const alone = (await repair(run, { rerun_tasks: ['load'] })).json.repair_id;
    bench.clock.advance(OVER);
    expect((await attemptsOf(bench, run, 'score')).length).toBe(1);
    await repair(run, { rerun_tasks: ['load'], rerun_dependent_tasks: true, latest_repair_id: alone });
    bench.clock.advance(2 * OVER);
    expect((await attemptsOf(bench, run, 'load')).length).toBe(3);
    expect((await attemptsOf(bench, run, 'score')).length).toBe(2);
  });

  test('E9: uses the settings that the job has now', async () => {
    const { job, run } = await aFailedRun();
    const moved = tasks.map((task) => ({ ...task, existing_cluster_id: 'down' }));
    await bench.client.jobs.update({ job_id: job, new_settings: { tasks: moved } });
    await repair(run);
    const [, again] = await attemptsOf(bench, run, 'load');
    expect(again?.cluster_instance?.cluster_id).toBe('down');
  });
});

describe('E5: a one-time run', () => {
  test('E5: of a notebook on a cluster that is there answers what the notebook exits with', async () => {
    const source = Buffer.from(
      "# Databricks notebook source\nx = 40 + 2\ndbutils.notebook.exit('checked ' + 'fine')\n",
    );
    const content = source.toString('base64');
    await bench.client.workspace.import({ path: '/Shared/check', format: 'SOURCE', language: 'PYTHON', content });
    const notebook_task = { notebook_path: '/Shared/check' };
    const submitted = {
      run_name: 'check',
      tasks: [{ task_key: 'a', existing_cluster_id: 'up', notebook_task }],
      idempotency_token: 'once',
    };
    const { run_id: run = 0 } = await bench.client.jobs.submit(submitted);
    expect((await bench.client.jobs.submit(submitted)).run_id).toBe(run);
    bench.clock.advance(OVER);
    const [task] = await attemptsOf(bench, run, 'a');
    const output = await bench.client.jobs.getRunOutput({ run_id: task?.run_id ?? 0 });
    expect(output.notebook_output?.result).toBe('checked fine');
    expect((await runOf(bench, run)).run_type).toBe('SUBMIT_RUN');
    expect((await bench.call('GET', '/api/2.2/jobs/list')).json.jobs, 'its job is nobody’s').toBeUndefined();
  });

  test('E5: of a notebook that raises fails with that error, of one that is missing before it begins', async () => {
    const content = Buffer.from('rows = spark.table("a.b").count()\nraise ValueError("no rows")').toString('base64');
    await bench.client.workspace.import({ path: '/Shared/bad', format: 'SOURCE', language: 'PYTHON', content });
    const tasks = ['bad', 'missing'].map((name) => ({
      task_key: name,
      existing_cluster_id: 'up',
      notebook_task: { notebook_path: `/Shared/${name}` },
    }));
    const { run_id: run = 0 } = await bench.client.jobs.submit({ tasks });
    bench.clock.advance(OVER);
    const [bad] = await attemptsOf(bench, run, 'bad');
    const [missing] = await attemptsOf(bench, run, 'missing');
    expect((await bench.client.jobs.getRunOutput({ run_id: bad?.run_id ?? 0 })).error).toBe('ValueError: no rows');
    expect(missing?.status?.termination_details?.code).toBe('RESOURCE_NOT_FOUND');
    expect(missing?.execution_duration).toBe(0);
  });
});

describe('L3: the settings of a job', () => {
  test('G3: an update replaces top-level fields whole, and merges tasks by their key', async () => {
    const job = await aJob(bench, {
      schedule: { quartz_cron_expression: '0 0 3 * * ?', timezone_id: 'UTC', pause_status: 'UNPAUSED' },
      tags: { team: 'data', cost: '1' },
    });
    const change = { tags: { team: 'ml' }, tasks: [{ task_key: 'more', existing_cluster_id: 'down' }] };
    await bench.client.jobs.update({ job_id: job, new_settings: change });
    const { settings } = await bench.client.jobs.get({ job_id: job });
    expect(settings?.tags).toEqual({ team: 'ml' });
    expect(settings?.tasks?.map(({ task_key: key }) => key)).toEqual(['main', 'more']);
    expect(settings?.schedule?.pause_status, 'what is not named stays').toBe('UNPAUSED');
    await bench.client.jobs.update({ job_id: job, fields_to_remove: ['schedule', 'tasks/more'] });
    const after = (await bench.client.jobs.get({ job_id: job })).settings;
    expect(after?.schedule).toBeUndefined();
    expect(after?.tasks).toHaveLength(1);
  });

  test('L3: a schedule that is sent without its cron expression is refused', async () => {
    const job = await aJob(bench);
    const refused = await post('update', { job_id: job, new_settings: { schedule: { pause_status: 'PAUSED' } } });
    expect(refused.status).toBe(400);
  });

  test.each([
    ['a task without key', { tasks: [{}] }],
    ['a key twice', { tasks: [{ task_key: 'a' }, { task_key: 'a' }] }],
    ['an unknown dependency', { tasks: [{ task_key: 'a', depends_on: [{ task_key: 'b' }] }] }],
    [
      'a circle',
      {
        tasks: [
          { task_key: 'a', depends_on: [{ task_key: 'b' }] },
          { task_key: 'b', depends_on: [{ task_key: 'a' }] },
        ],
      },
    ],
    ['an unknown job cluster', { tasks: [{ task_key: 'a', job_cluster_key: 'x' }] }],
    ['more runs at once than allowed', { max_concurrent_runs: 1001 }],
    ['a fourth destination', { webhook_notifications: { on_failure: ['a', 'b', 'c', 'd'].map((id) => ({ id })) } }],
    ['a relative notebook path', { tasks: [{ task_key: 'a', notebook_task: { notebook_path: 'x' } }] }],
  ])('L3: with %s are refused', async (_what, settings) => {
    const refused = await post('create', settings);
    expect([refused.status, refused.json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });
});

describe('L3: lists of jobs and runs', () => {
  test('L3: are pages, some of them empty although a token follows, newest first', async () => {
    const job = await aJob(bench);
    for (let n = 0; n < 2 * RUNS_PAGE.max; n += 1) {
      await post('run-now', { job_id: job });
      bench.clock.advance(1);
    }
    const sizes: number[] = [];
    const times: number[] = [];
    for (let token = ''; ; ) {
      const { json } = await bench.call('GET', `/api/2.2/jobs/runs/list?limit=10&page_token=${token}`);
      sizes.push((json.runs ?? []).length);
      times.push(...(json.runs ?? []).map((run: { start_time: number }) => run.start_time));
      token = json.next_page_token;
      if (!token) break;
    }
    expect(sizes).toEqual([10, 10, 0, 10, 10, 0, 10]);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    let iterated = 0;
    for await (const _run of bench.client.jobs.listRuns({ limit: 10 })) iterated += 1;
    expect(iterated, 'the SDK stops at the empty page').toBe(20);
  });

  test('L3: of runs take what is active, what is over, and a window of start times', async () => {
    const job = await aJob(bench);
    const early = await aRun(bench, job);
    bench.clock.advance(OVER);
    const late = await aRun(bench, job);
    const list = async (query: string) => {
      const { json } = await bench.call('GET', `/api/2.2/jobs/runs/list?job_id=${job}&${query}`);
      return (json.runs ?? []).map((run: { run_id: number }) => run.run_id);
    };
    expect(await list('active_only=true')).toEqual([late]);
    expect(await list('completed_only=true')).toEqual([early]);
    expect(await list(`start_time_from=${START + 1}`)).toEqual([late]);
    expect(await list(`start_time_to=${START}`)).toEqual([early]);
    expect(await list(`start_time_from=${START}`)).toEqual([late, early]);
    const expanded = (await bench.call('GET', '/api/2.2/jobs/runs/list?expand_tasks=true')).json.runs[0].tasks;
    expect(expanded).toHaveLength(1);
  });

  test.each([
    ['jobs/runs/list?active_only=true&completed_only=true'],
    [`jobs/runs/list?limit=${RUNS_PAGE.max + 1}`],
    [`jobs/list?limit=${JOBS_PAGE.max + 1}`],
    [`jobs/list?offset=${JOBS_PAGE.maxOffset + 1}`],
    ['jobs/list?page_token=foreign'],
    ['jobs/get?job_id=1'],
    ['jobs/runs/get?run_id=1'],
    ['jobs/runs/get-output?run_id=1'],
  ])('L3: refuses %s with 400', async (path) => {
    const refused = await bench.call('GET', `/api/2.2/${path}`);
    expect([refused.status, refused.json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });

  test('L3: more than 100 tasks come by pages, also of one run', async () => {
    const tasks = Array.from({ length: 150 }, (_, n) => ({ task_key: `t${n}`, existing_cluster_id: 'up' }));
    const job = await aJob(bench, { tasks });
    const first = await bench.client.jobs.get({ job_id: job });
    expect(first.settings?.tasks).toHaveLength(100);
    const rest = await bench.client.jobs.get({ job_id: job, page_token: first.next_page_token ?? '' });
    expect(rest.settings?.tasks).toHaveLength(50);
    const run = await aRun(bench, job);
    const part = await runOf(bench, run);
    expect(part.tasks).toHaveLength(100);
    const more = await bench.client.jobs.getRun({ run_id: run, page_token: part.next_page_token ?? '' });
    expect(more.tasks).toHaveLength(50);
  });

  test('L3: the output of a run is refused, that of its task is there', async () => {
    const run = await aRun(bench, await aJob(bench));
    bench.clock.advance(BEGUN + RUN_SECONDS.work);
    const refused = await bench.call('GET', `/api/2.2/jobs/runs/get-output?run_id=${run}`);
    expect(refused.json.message).toMatch(/^Retrieving the output of runs with multiple tasks is not supported/);
  });
});
