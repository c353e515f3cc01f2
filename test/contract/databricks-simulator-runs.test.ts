// What a run does, as the real SDK sees it: life cycle, clusters, dependencies, retries, time limits, cancellation.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RUN_DAYS, RUN_SECONDS } from '../../local/databricks/jobs/refusals.ts';
import { DURATION_SECONDS } from '../../local/databricks/refusals.ts';
import {
  aJob,
  aRun,
  attemptsOf,
  BEGUN,
  BEGUN_ON_OWN,
  CLUSTERS,
  NEW_CLUSTER,
  OVER,
  order,
  runOf,
  WORKED,
} from '../builders/simulated-jobs.ts';
import { aWorkspace, type Bench, START } from '../builders/simulated-workspace.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({ clusters: CLUSTERS });
});
afterEach(() => bench.stop());

const clusterOf = (id = '') => bench.client.clusters.get({ cluster_id: id });

async function jobClusters() {
  const { json } = await bench.call('GET', '/api/2.1/clusters/list?filter_by.cluster_sources=JOB');
  return json.clusters ?? [];
}

describe('L3: a run', () => {
  test('L3: goes from PENDING to RUNNING, TERMINATING and TERMINATED, in both dialects', async () => {
    const run = await aRun(bench, await aJob(bench));
    const seen = async () => {
      const { state, status } = await runOf(bench, run);
      return [state?.life_cycle_state, status?.state, state?.result_state, status?.termination_details?.code];
    };
    expect(await seen()).toEqual(['PENDING', 'PENDING', undefined, undefined]);
    bench.clock.advance(BEGUN);
    expect(await seen()).toEqual(['RUNNING', 'RUNNING', undefined, undefined]);
    bench.clock.advance(RUN_SECONDS.work);
    expect(await seen()).toEqual(['TERMINATING', 'TERMINATING', undefined, undefined]);
    bench.clock.advance(RUN_SECONDS.cleanup);
    expect(await seen()).toEqual(['TERMINATED', 'TERMINATED', 'SUCCESS', 'SUCCESS']);
    const [task] = await attemptsOf(bench, run);
    expect(task).toMatchObject({
      attempt_number: 0,
      cluster_instance: { cluster_id: 'up' },
      start_time: START,
      end_time: START + OVER * 1000,
      setup_duration: BEGUN * 1000,
      execution_duration: RUN_SECONDS.work * 1000,
    });
    expect(task?.run_page_url).toMatch(new RegExp(`/\\?o=\\d{5,}#job/\\d+/run/${task?.run_id}$`));
  });

  test('L3: on a cluster that is down starts it', async () => {
    const run = await aRun(bench, await aJob(bench, { tasks: [{ task_key: 'main', existing_cluster_id: 'down' }] }));
    expect((await attemptsOf(bench, run))[0]?.cluster_instance?.cluster_id).toBe('down');
    bench.clock.advance(DURATION_SECONDS.start - 1);
    expect((await runOf(bench, run)).state?.life_cycle_state).toBe('PENDING');
    bench.clock.advance(1 + RUN_SECONDS.setup);
    expect((await clusterOf('down')).state).toBe('RUNNING');
    expect((await runOf(bench, run)).state?.life_cycle_state).toBe('RUNNING');
  });

  test('L3: on a job cluster shares it among its tasks, and takes it down at the end as JOB_FINISHED', async () => {
    const tasks = [
      { task_key: 'one', job_cluster_key: 'shared' },
      { task_key: 'two', job_cluster_key: 'shared', depends_on: [{ task_key: 'one' }] },
    ];
    const job = await aJob(bench, { tasks, job_clusters: [{ job_cluster_key: 'shared', new_cluster: NEW_CLUSTER }] });
    const run = await aRun(bench, job);
    const [cluster, ...more] = await jobClusters();
    expect(more).toEqual([]);
    expect(cluster).toMatchObject({
      cluster_source: 'JOB',
      state: 'PENDING',
      cluster_name: `job-${job}-run-${run}-shared`,
    });
    bench.clock.advance(BEGUN_ON_OWN + RUN_SECONDS.work + DURATION_SECONDS.terminate);
    expect((await attemptsOf(bench, run, 'one'))[0]?.state?.result_state).toBe('SUCCESS');
    expect((await clusterOf(cluster.cluster_id)).state).toBe('RUNNING');
    bench.clock.advance(OVER + DURATION_SECONDS.terminate);
    expect((await runOf(bench, run)).state?.result_state).toBe('SUCCESS');
    expect(await clusterOf(cluster.cluster_id)).toMatchObject({
      state: 'TERMINATED',
      termination_reason: { code: 'JOB_FINISHED', type: 'SUCCESS' },
    });
    expect((await attemptsOf(bench, run, 'two'))[0]?.cluster_instance?.cluster_id).toBe(cluster.cluster_id);
    const refused = await bench.call('POST', '/api/2.1/clusters/start', { cluster_id: cluster.cluster_id });
    expect(refused.status).toBe(400);
  });

  test('L3: is found no more 60 days after its end', async () => {
    const job = await aJob(bench);
    const run = await aRun(bench, job);
    bench.clock.advance(OVER + RUN_DAYS * 24 * 3600);
    await expect(runOf(bench, run)).rejects.toMatchObject({ statusCode: 400 });
    expect((await bench.call('GET', `/api/2.2/jobs/runs/list?job_id=${job}`)).json.runs).toBeUndefined();
  });
});

describe('C2: a run that fails', () => {
  test('C2: with an exception in its code says so in its task, and tells the trace', async () => {
    const job = await aJob(bench);
    await order(bench, job, { fail: { error: 'KeyError: customer_id' } });
    const run = await aRun(bench, job);
    bench.clock.advance(OVER);
    const found = await runOf(bench, run);
    expect(found.status?.termination_details).toEqual({
      code: 'RUN_EXECUTION_ERROR',
      type: 'CLIENT_ERROR',
      message: 'Task main failed with message: Workload failed, see run output for details.',
    });
    const task = found.tasks?.[0];
    expect(task?.status?.termination_details?.code).toBe('RUN_EXECUTION_ERROR');
    expect(task?.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'FAILED' });
    const output = await bench.client.jobs.getRunOutput({ run_id: task?.run_id ?? 0 });
    expect(output.error).toBe('KeyError: customer_id');
    expect(output.error_trace).toContain('Traceback');
  });

  test('C2: because its cluster crashed under it ends with CLUSTER_ERROR at the crash, and the cluster tells the reason', async () => {
    const run = await aRun(bench, await aJob(bench));
    bench.clock.advance(BEGUN + 5);
    await bench.call('POST', '/_sim/clusters/up/crash', { code: 'DRIVER_UNREACHABLE' });
    bench.clock.advance(60);
    const [task] = await attemptsOf(bench, run);
    expect(task?.status?.termination_details).toEqual({
      code: 'CLUSTER_ERROR',
      type: 'CLOUD_FAILURE',
      message: "Cluster 'up' was terminated. Reason: DRIVER_UNREACHABLE (CLOUD_FAILURE).",
    });
    expect(task?.state?.life_cycle_state).toBe('INTERNAL_ERROR');
    expect(task?.end_time).toBe(START + (BEGUN + 5 + RUN_SECONDS.cleanup) * 1000);
    const { cluster_id: id } = task?.cluster_instance ?? {};
    expect((await clusterOf(id)).termination_reason?.code).toBe('DRIVER_UNREACHABLE');
  });

  test('C2: because its cluster was restarted under it ends with DRIVER_ERROR', async () => {
    const run = await aRun(bench, await aJob(bench));
    bench.clock.advance(BEGUN);
    await bench.client.clusters.restart({ cluster_id: 'up' });
    bench.clock.advance(RUN_SECONDS.cleanup);
    expect((await attemptsOf(bench, run))[0]?.status?.termination_details?.code).toBe('DRIVER_ERROR');
  });

  test('C2: because its job cluster never came up carries the reason of that cluster', async () => {
    const job = await aJob(bench, { tasks: [{ task_key: 'main', new_cluster: NEW_CLUSTER }] });
    const parameters = { azure_error_code: 'SkuNotAvailable' };
    await order(bench, job, { cluster: { code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT', parameters, during: 'start' } });
    const run = await aRun(bench, job);
    bench.clock.advance(DURATION_SECONDS.start);
    const [task] = await attemptsOf(bench, run);
    expect(task?.status?.termination_details?.message).toContain(
      'Reason: CLOUD_PROVIDER_RESOURCE_STOCKOUT (CLOUD_FAILURE)',
    );
    expect((await clusterOf(task?.cluster_instance?.cluster_id)).termination_reason).toMatchObject({
      code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
      parameters,
    });
  });

  test('C2: by an order that kills the cluster under it really terminates that cluster', async () => {
    const job = await aJob(bench);
    await order(bench, job, { cluster: { code: 'CLOUD_PROVIDER_SHUTDOWN', afterSeconds: 10 } });
    const run = await aRun(bench, job);
    bench.clock.advance(BEGUN + 10 + DURATION_SECONDS.terminate);
    expect(await clusterOf('up')).toMatchObject({
      state: 'TERMINATED',
      termination_reason: { code: 'CLOUD_PROVIDER_SHUTDOWN' },
    });
    expect((await attemptsOf(bench, run))[0]?.status?.termination_details?.code).toBe('CLUSTER_ERROR');
  });
});

describe('L3: tasks', () => {
  const tasks = [
    { task_key: 'load', existing_cluster_id: 'up' },
    { task_key: 'score', existing_cluster_id: 'up', depends_on: [{ task_key: 'load' }] },
    { task_key: 'tidy', existing_cluster_id: 'up', depends_on: [{ task_key: 'score' }], run_if: 'ALL_DONE' as const },
  ];

  test('L3: wait for those they depend on', async () => {
    const run = await aRun(bench, await aJob(bench, { tasks }));
    expect((await attemptsOf(bench, run, 'score'))[0]?.status?.state).toBe('BLOCKED');
    bench.clock.advance(OVER);
    expect((await attemptsOf(bench, run, 'score'))[0]).toMatchObject({
      status: { state: 'PENDING' },
      start_time: START + OVER * 1000,
    });
    bench.clock.advance(2 * OVER);
    expect((await runOf(bench, run)).status?.termination_details?.code).toBe('SUCCESS');
  });

  test('L3: are skipped behind one that failed, but for those that run in any case, and the leaves decide', async () => {
    const job = await aJob(bench, { tasks });
    await order(bench, job, { task: 'load', fail: {} });
    const run = await aRun(bench, job);
    bench.clock.advance(3 * OVER);
    const found = await runOf(bench, run);
    const results = found.tasks?.map(({ task_key: key, state }) => [key, state?.result_state]);
    expect(results).toEqual([
      ['load', 'FAILED'],
      ['score', 'UPSTREAM_FAILED'],
      ['tidy', 'SUCCESS'],
    ]);
    expect(found.status?.termination_details?.code).toBe('SUCCESS_WITH_FAILURES');
  });

  test('E9: are tried again as often and as late as their settings say, each time as an attempt of its own', async () => {
    const retried = [
      { task_key: 'main', existing_cluster_id: 'up', max_retries: 2, min_retry_interval_millis: 120_000 },
    ];
    const job = await aJob(bench, { tasks: retried });
    await order(bench, job, { fail: {}, times: 2 });
    const run = await aRun(bench, job);
    bench.clock.advance(OVER);
    expect((await attemptsOf(bench, run))[1]?.status?.state).toBe('WAITING');
    expect((await runOf(bench, run)).status?.state, 'the run goes on').toBe('RUNNING');
    bench.clock.advance(120 - OVER);
    expect((await attemptsOf(bench, run))[1]?.start_time).toBe(START + 120_000);
    bench.clock.advance(120 + OVER);
    const attempts = await attemptsOf(bench, run);
    expect(attempts.map((attempt) => [attempt.attempt_number, attempt.state?.result_state])).toEqual([
      [0, 'FAILED'],
      [1, 'FAILED'],
      [2, 'SUCCESS'],
    ]);
    expect((await runOf(bench, run)).state?.result_state).toBe('SUCCESS');
    const second = await runOf(bench, attempts[1]?.run_id ?? 0);
    expect(second).toMatchObject({ job_run_id: run, original_attempt_run_id: attempts[0]?.run_id });
  });

  test('E9: are not tried again after a time limit unless they say so', async () => {
    const late = (retry: boolean) => [
      { task_key: 'main', existing_cluster_id: 'up', timeout_seconds: 10, max_retries: 1, retry_on_timeout: retry },
    ];
    const patient = await aRun(bench, await aJob(bench, { tasks: late(true) }));
    const strict = await aRun(bench, await aJob(bench, { tasks: late(false) }));
    bench.clock.advance(60);
    expect(await attemptsOf(bench, patient)).toHaveLength(2);
    const [only, ...more] = await attemptsOf(bench, strict);
    expect(more).toEqual([]);
    expect(only).toMatchObject({
      state: { result_state: 'TIMEDOUT', user_cancelled_or_timedout: true },
      status: { termination_details: { code: 'CANCELED' } },
    });
  });
});

describe('L3: a run that is stopped', () => {
  test('L3: by its own time limit ends TIMEDOUT with all its tasks', async () => {
    const run = await aRun(bench, await aJob(bench, { timeout_seconds: 20 }));
    bench.clock.advance(20 + RUN_SECONDS.cancelling);
    expect(await runOf(bench, run)).toMatchObject({
      state: { result_state: 'TIMEDOUT' },
      status: { termination_details: { code: 'CANCELED' } },
    });
  });

  test('L3: by a person is cancelled a moment later, and its retries with it', async () => {
    const tasks = [{ task_key: 'main', existing_cluster_id: 'up', max_retries: 3 }];
    const run = await aRun(bench, await aJob(bench, { tasks }));
    bench.clock.advance(WORKED - 1);
    await bench.client.jobs.cancelRun({ run_id: run });
    expect((await runOf(bench, run)).status?.state).toBe('TERMINATING');
    bench.clock.advance(RUN_SECONDS.cancelling);
    expect(await runOf(bench, run)).toMatchObject({
      state: { result_state: 'CANCELED', user_cancelled_or_timedout: true },
      status: { termination_details: { code: 'USER_CANCELED' } },
    });
    expect(await attemptsOf(bench, run)).toHaveLength(1);
  });

  test('L3: never ends while the driver does not answer, but for its limit', async () => {
    await bench.call('PUT', '/_sim/clusters/up', { driverAnswers: false });
    const run = await aRun(bench, await aJob(bench));
    bench.clock.advance(24 * 3600);
    expect((await runOf(bench, run)).status?.state).toBe('RUNNING');
  });
});
