// The adapter over the real SDK against the simulated Databricks, over HTTP; the simulator lives by a clock that the test moves.
import { expect, it } from 'vitest';
import { isWarehouseId } from '../../shared/domain/ids.ts';
import { allRows, ourSide } from '../builders/databricks-adapter.ts';
import { order } from '../builders/simulated-jobs.ts';
import { aWorkspace, type Bench } from '../builders/simulated-workspace.ts';
import { JOB, jobsContract } from './jobs-contract.ts';

async function makeStage() {
  const bench = await aWorkspace({ clusters: [{ cluster_id: 'up', state: 'RUNNING' }] });
  const { clock } = bench;
  const begun = clock.now();
  const { workspace } = ourSide(bench.workspace.url, {
    elapsedMilliseconds: () => clock.now() - begun,
    sleep: async (milliseconds) => clock.advance(milliseconds / 1000),
  });
  return {
    bench,
    workspace,
    jobs: workspace.jobs,
    put: async (tasks = 1) => putJob(bench, tasks === 1 ? {} : { tasks: tasksOf(tasks) }),
    failNext: async (code: string, message: string) => {
      await order(bench, Number(JOB), { fail: { code, message } });
    },
    pass: async (seconds: number) => clock.advance(seconds),
    now: () => new Date(clock.now()).toISOString(),
    close: async () => {
      await workspace.close();
      await bench.stop();
    },
  };
}

function tasksOf(count: number) {
  return Array.from({ length: count }, (_, at) => ({
    task_key: at === 0 ? 'main' : `t${at}`,
    existing_cluster_id: 'up',
  }));
}

async function putJob(bench: Bench, settings: Record<string, unknown> = {}): Promise<void> {
  const tasks = [{ task_key: 'main', existing_cluster_id: 'up' }];
  await bench.call('PUT', `/_sim/jobs/${JOB}`, { settings: { name: 'nightly', tasks, ...settings } });
}

jobsContract('Databricks, simulated', makeStage);

it('C2: a run of more tasks than a page has is read whole', async () => {
  const { bench, jobs, close } = await makeStage();
  const tasks = Array.from({ length: 130 }, (_, n) => ({ task_key: `t${n}`, existing_cluster_id: 'up' }));
  await putJob(bench, { tasks });
  await jobs.runNow({ jobId: JOB, token: 'x', parameters: {} }, async () => undefined);
  for await (const [run] of jobs.runPages({ jobId: JOB, since: new Date(0).toISOString() })) {
    if (run) expect((await jobs.run(run.runId))?.tasks).toHaveLength(130);
  }
  expect((await jobs.job(JOB))?.tasks).toHaveLength(130);
  await close();
});

it('B2: sixty runs are read in pages of twenty-five, with list calls only', async () => {
  const { bench, jobs, close } = await makeStage();
  await putJob(bench, { max_concurrent_runs: 100 });
  for (let n = 0; n < 60; n += 1) {
    await jobs.runNow({ jobId: JOB, token: `t${n}`, parameters: {} }, async () => undefined);
  }
  await bench.call('DELETE', '/_sim/calls');
  let count = 0;
  for await (const page of jobs.runPages({ jobId: JOB, since: new Date(0).toISOString() })) count += page.length;
  expect(count).toBe(60);
  const calls: { path: string }[] = (await bench.call('GET', '/_sim/calls')).json;
  expect(calls.every(({ path }) => path.startsWith('/api/2.2/jobs/runs/list'))).toBe(true);
  expect(calls.length).toBeLessThanOrEqual(4);
  await close();
});

it('E9: a repair gives the run again what it was started with, where the service shows it', async () => {
  const { bench, jobs, failNext, pass, close } = await makeStage();
  const defined = [
    { name: 'day', default: 'today' },
    { name: 'mode', default: 'full' },
  ];
  await putJob(bench, { parameters: defined });
  await failNext('INTERNAL_ERROR', '');
  const parameters = { job_parameters: { day: '2026-11-20' }, notebook_params: { limit: '5' } };
  await jobs.runNow({ jobId: JOB, token: 'x', parameters }, async () => undefined);
  await pass(900);
  const [summary] = await allRows(jobs.runPages({ jobId: JOB, since: new Date(0).toISOString() }));
  const told = () => bench.client.jobs.getRun({ run_id: Number(summary?.runId) });
  const inUse = [
    { name: 'day', default: 'today', value: '2026-11-20' },
    { name: 'mode', default: 'full', value: 'full' },
  ];
  // As the SDK has it: what the job defines is a list of its own, and no part of `overriding_parameters`.
  expect(await told()).toMatchObject({
    job_parameters: inUse,
    overriding_parameters: { notebook_params: { limit: '5' } },
  });
  const run = await jobs.run(summary?.runId ?? '');
  if (!run) throw new Error('no run');
  expect(run.parameters).toEqual(parameters);
  await jobs.repair(run, async () => undefined);
  expect(await told()).toMatchObject({ job_parameters: inUse });
  await close();
});

it('E9: the last commit of data is read from the history of a table, upkeep apart', async () => {
  const { bench, workspace, close } = await makeStage();
  const { json } = await bench.call('POST', '/api/2.0/sql/warehouses', { name: 'w', cluster_size: 'Small' });
  if (!isWarehouseId(json.id)) throw new Error(json.id);
  bench.clock.advance(600);
  const history = [
    { timestamp: '2026-03-02T07:00:00.000Z', operation: 'WRITE' },
    { timestamp: '2026-03-02 07:30:00', operation: 'MERGE' },
    { timestamp: '2026-03-02T07:45:00Z', operation: 'OPTIMIZE' },
  ];
  const columns = [{ name: 'id', type: 'INT' }];
  const set = (table: unknown) => bench.call('PUT', '/_sim/tables/db.t', table);
  // A statement takes its time: it passes while the answer is awaited.
  const last = async (table: string) => {
    const passing = setInterval(() => bench.clock.advance(1), 5);
    return await workspace.warehouses.lastCommit(json.id, table, 10).finally(() => clearInterval(passing));
  };
  await set({ columns, history });
  expect(await last('db.t')).toEqual({ known: true, at: '2026-03-02T07:30:00.000Z' });
  await set({ history: [] });
  expect(await last('db.t')).toEqual({ known: true, at: null });
  await set({ failure: '[DELTA_INVALID] broken' });
  expect(await last('db.t')).toMatchObject({ known: false, because: expect.stringContaining('DELTA_INVALID') });
  expect(await last('db.nothing')).toMatchObject({ known: false, because: expect.stringContaining('NOT_FOUND') });
  await close();
});
