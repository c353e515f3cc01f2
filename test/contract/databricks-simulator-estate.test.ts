// The reference estate as it stands in the two simulated workspaces: its jobs with their history, its notebooks, that they can be run.
import { afterEach, describe, expect, test } from 'vitest';
import { RUN_SECONDS } from '../../local/databricks/jobs/refusals.ts';
import { seedsFor } from '../../local/databricks/reference-estate.ts';
import { REFERENCE_DESTINATION, REFERENCE_JOBS } from '../../local/databricks/reference-jobs.ts';
import { DURATION_SECONDS } from '../../local/databricks/refusals.ts';
import { aRun, attemptsOf, OVER, runOf } from '../builders/simulated-jobs.ts';
import { aWorkspace, type Bench, START } from '../builders/simulated-workspace.ts';

let bench: Bench;
afterEach(() => bench.stop());

async function stands(role: 'primary' | 'dr'): Promise<void> {
  bench = await aWorkspace(seedsFor(undefined, role, START));
}

const runsOf = async (job: number) => (await bench.call('GET', `/api/2.2/jobs/runs/list?job_id=${job}`)).json.runs;

describe('L3: the primary', () => {
  test('L3: has the critical notebooks, and the one that tells whether a cluster computes can be run', async () => {
    await stands('primary');
    const { json } = await bench.call('GET', '/api/2.0/workspace/list?path=/Shared/setup');
    expect(json.objects.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      '/Shared/setup/create_inference_database',
      '/Shared/setup/create_monitoring_database',
      '/Shared/setup/verify_workspace',
    ]);
    const notebook_task = { notebook_path: '/Shared/setup/verify_workspace' };
    const tasks = [{ task_key: 'check', existing_cluster_id: '0424-035941-pl8ku9sr', notebook_task }];
    const { run_id: run = 0 } = await bench.client.jobs.submit({ tasks });
    bench.clock.advance(OVER);
    const [task] = await attemptsOf(bench, run, 'check');
    const output = await bench.client.jobs.getRunOutput({ run_id: task?.run_id ?? 0 });
    expect(output.notebook_output?.result).toBe('verified');
  });

  test('L3: runs batch inference on the inference cluster, both of its tasks', async () => {
    await stands('primary');
    const run = await aRun(bench, REFERENCE_JOBS.inference);
    bench.clock.advance(2 * OVER);
    const { tasks = [], state } = await runOf(bench, run);
    expect(state?.result_state).toBe('SUCCESS');
    expect(tasks.map((task) => task.cluster_instance?.cluster_id)).toEqual([
      '0424-035941-pl8ku9sr',
      '0424-035941-pl8ku9sr',
    ]);
  });

  test('B2: has a history of runs, which no webhook tells again', async () => {
    await stands('primary');
    const runs = await runsOf(REFERENCE_JOBS.monitoring);
    expect(runs).toHaveLength(20);
    expect(runs[0]).toMatchObject({ state: { result_state: 'SUCCESS' }, start_time: START - 1_800_000 });
    expect((await bench.call('GET', '/_sim/notices')).json).toEqual([]);
  });
});

test('L3: what an estate file lists beside the reference stands in the workspace too', async () => {
  const components = [
    { kind: 'job', id: '77001', name: 'billing' },
    { kind: 'notebook', id: '/Shared/billing/run', name: 'run' },
  ];
  bench = await aWorkspace(seedsFor({ pairs: [{ primary: { components } }] }, 'primary', START));
  expect((await bench.client.jobs.get({ job_id: 77_001 })).settings?.name).toBe('billing');
  expect((await bench.client.workspace.getStatus({ path: '/Shared/billing/run' })).object_type).toBe('NOTEBOOK');
});

describe('L3: the DR site', () => {
  test('F1: replicates every hour on a cluster of its own, which is gone afterwards', async () => {
    await stands('dr');
    bench.clock.advance(3600 + DURATION_SECONDS.start + RUN_SECONDS.setup);
    const [run] = await runsOf(REFERENCE_JOBS.drReplication);
    expect(run).toMatchObject({
      start_time: START + 3_600_000,
      trigger: 'PERIODIC',
      state: { life_cycle_state: 'RUNNING' },
    });
    const own = async () => {
      const { json } = await bench.call('GET', '/api/2.1/clusters/list?filter_by.cluster_sources=JOB');
      return json.clusters.map(({ state }: { state: string }) => state);
    };
    expect(await own()).toEqual(['RUNNING']);
    bench.clock.advance(RUN_SECONDS.work + DURATION_SECONDS.terminate);
    expect((await runOf(bench, run.run_id)).state?.result_state).toBe('SUCCESS');
    expect(await own()).toEqual(['TERMINATED']);
    const notices = (await bench.call('GET', '/_sim/notices')).json;
    expect(notices).toMatchObject([
      { destination: REFERENCE_DESTINATION, payload: { event_type: 'jobs.on_start' } },
      { destination: REFERENCE_DESTINATION, payload: { event_type: 'jobs.on_success' } },
    ]);
  });

  test('G3: keeps its copy of the inference job from running', async () => {
    await stands('dr');
    const run = await aRun(bench, REFERENCE_JOBS.drInference);
    expect((await runOf(bench, run)).status?.termination_details?.code).toBe('MAX_CONCURRENT_RUNS_EXCEEDED');
  });
});

describe('C2: a pipeline', () => {
  test('C2: tells its cluster, its owner and how its updates went', async () => {
    bench = await aWorkspace({ clusters: [{ cluster_id: 'p-1', cluster_source: 'PIPELINE', state: 'RUNNING' }] });
    const updates = [{ update_id: 'u2', state: 'FAILED', creation_time: START, cluster_id: 'p-1' }];
    const pipeline = { name: 'stream', state: 'FAILED', health: 'UNHEALTHY', cluster_id: 'p-1', updates };
    await bench.call('PUT', '/_sim/pipelines/p', { ...pipeline, creator_user_name: 'owner@example.com' });
    const got = await bench.client.pipelines.get({ pipeline_id: 'p' });
    expect(got).toMatchObject({ state: 'FAILED', cluster_id: 'p-1', creator_user_name: 'owner@example.com' });
    expect(got.latest_updates).toMatchObject([{ update_id: 'u2', state: 'FAILED' }]);
    const listed = await bench.client.pipelines.listUpdates({ pipeline_id: 'p' });
    expect(listed.updates).toMatchObject([{ pipeline_id: 'p', update_id: 'u2', creation_time: START }]);
    const names: unknown[] = [];
    for await (const one of bench.client.pipelines.listPipelines({})) names.push(one.name);
    expect(names).toEqual(['stream']);
    await expect(bench.client.pipelines.get({ pipeline_id: 'q' })).rejects.toMatchObject({ statusCode: 404 });
    expect((await bench.call('GET', '/api/2.0/pipelines?max_results=101')).status).toBe(400);
    await bench.call('DELETE', '/_sim/pipelines/p');
    await expect(bench.client.pipelines.get({ pipeline_id: 'p' })).rejects.toMatchObject({ statusCode: 404 });
  });
});
