// What a workspace keeps of jobs, runs and notebooks over a kill.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type SimulatedWorkspace, startWorkspace } from '../../local/databricks/workspace.ts';
import { type KeptMap, openKeptMap } from '../../local/durable/kept-map.ts';
import { OVER } from '../builders/simulated-jobs.ts';
import { call, type ManualClock, manualClock, START, TOKEN } from '../builders/simulated-workspace.ts';

const JOB = 412_000_000_000_001;
const SEEDS = {
  clusters: [{ cluster_id: 'up', state: 'RUNNING' }],
  jobs: [
    {
      job_id: JOB,
      settings: {
        name: 'nightly',
        tasks: [{ task_key: 'main', existing_cluster_id: 'up' }],
        webhook_notifications: { on_failure: [{ id: 'us' }] },
      },
      past: [{ startedAt: START - 7_200_000, seconds: 60 }],
    },
    { job_id: JOB + 1, settings: { name: 'unwanted' } },
  ],
  notebooks: [
    { path: '/Shared/kept', source: 'x = 1' },
    { path: '/Shared/unwanted', source: 'x = 1' },
  ],
  pipelines: [{ pipeline_id: 'p', name: 'stream', cluster_id: 'up', creator_user_name: 'owner@example.com' }],
} as const;

let dir: string;
let clock: ManualClock;
let lives: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'simulators-'));
  clock = manualClock();
  lives = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));

/** The state as it is on disk at this moment, which is all that a kill leaves, for another life. */
function keptNow(): KeptMap {
  const file = (life: number) => join(dir, `${life}.log`);
  lives += 1;
  if (lives > 1) cpSync(file(lives - 1), file(lives));
  return openKeptMap(file(lives));
}

async function aLife(): Promise<SimulatedWorkspace> {
  const workspace = await startWorkspace({ token: TOKEN, clock, ...SEEDS, kept: keptNow() });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= workspace.stop();
    return stopped;
  };
  onTestFinished(stop);
  return { ...workspace, stop };
}

async function ask({ url }: SimulatedWorkspace, method: string, path: string, body?: unknown) {
  return (await call(url + path, method, body)).json;
}

const runNow = (workspace: SimulatedWorkspace, token = 'once') =>
  ask(workspace, 'POST', '/api/2.2/jobs/run-now', { job_id: JOB, idempotency_token: token });
const runOf = (workspace: SimulatedWorkspace, id: number) =>
  ask(workspace, 'GET', `/api/2.2/jobs/runs/get?run_id=${id}&include_history=true`);

test('L3: a run goes on where it was, fails as it was ordered to, and its token still means it', async () => {
  const before = await aLife();
  await ask(before, 'POST', `/_sim/jobs/${JOB}/orders`, { fail: { error: 'KeyError: x' } });
  const { run_id: run } = await runNow(before);
  const after = await aLife();
  clock.advance(OVER);
  const found = await runOf(after, run);
  expect(found.status.termination_details.code).toBe('RUN_EXECUTION_ERROR');
  expect(found.end_time).toBe(START + OVER * 1000);
  expect((await runNow(after)).run_id).toBe(run);
  expect((await ask(after, 'GET', `/_sim/jobs/${JOB}`)).orders, 'the order was taken once').toEqual([]);
});

test('L3: a run whose time was up while nobody lived ends at its own time, and is told once', async () => {
  const before = await aLife();
  await ask(before, 'POST', `/_sim/jobs/${JOB}/orders`, { fail: {} });
  const { run_id: run } = await runNow(before);
  await before.stop();
  clock.advance(3600);
  const after = await aLife();
  expect((await runOf(after, run)).end_time).toBe(START + OVER * 1000);
  const last = await aLife();
  expect(await ask(last, 'GET', '/_sim/notices')).toHaveLength(1);
});

test('L3: a repaired run knows its repairs', async () => {
  const before = await aLife();
  await ask(before, 'POST', `/_sim/jobs/${JOB}/orders`, { fail: {}, times: 2 });
  const { run_id: run } = await runNow(before);
  clock.advance(OVER);
  const repair = { run_id: run, rerun_all_failed_tasks: true };
  const { repair_id: id } = await ask(before, 'POST', '/api/2.2/jobs/runs/repair', repair);
  clock.advance(OVER);
  const after = await aLife();
  expect((await runOf(after, run)).repair_history.map((entry: { id?: number }) => entry.id)).toEqual([undefined, id]);
  const again = { ...repair, latest_repair_id: id };
  expect((await ask(after, 'POST', '/api/2.2/jobs/runs/repair', again)).repair_id).toBeTypeOf('number');
});

test('L3: what was changed, deleted or set stays so, although the start would seed it', async () => {
  const before = await aLife();
  await ask(before, 'POST', '/api/2.2/jobs/update', { job_id: JOB, new_settings: { max_concurrent_runs: 0 } });
  await ask(before, 'POST', '/api/2.2/jobs/delete', { job_id: JOB + 1 });
  await ask(before, 'POST', '/api/2.0/workspace/delete', { path: '/Shared/unwanted' });
  await ask(before, 'PUT', '/_sim/objects/Shared/kept', { source: 'x = 2' });
  await ask(before, 'PUT', '/_sim/destinations/us', { url: 'http://127.0.0.1:9/hook' });
  const { object_id: id } = await ask(before, 'GET', '/api/2.0/workspace/get-status?path=/Shared/kept');
  const list = { access_control_list: [{ group_name: 'analysts', permission_level: 'CAN_RUN' }] };
  await ask(before, 'PUT', `/api/2.0/permissions/notebooks/${id}`, list);
  await ask(before, 'PUT', '/_sim/pipelines/p', { name: 'stream', state: 'FAILED' });

  const after = await aLife();
  const { jobs } = await ask(after, 'GET', '/api/2.2/jobs/list');
  expect(jobs).toMatchObject([{ job_id: JOB, settings: { max_concurrent_runs: 0 } }]);
  const { objects } = await ask(after, 'GET', '/api/2.0/workspace/list?path=/Shared');
  expect(objects).toMatchObject([{ path: '/Shared/kept', object_id: id }]);
  const { content } = await ask(after, 'GET', '/api/2.0/workspace/export?path=/Shared/kept');
  expect(Buffer.from(content, 'base64').toString()).toBe('x = 2');
  const permissions = await ask(after, 'GET', `/api/2.0/permissions/notebooks/${id}`);
  expect(permissions.access_control_list[0]).toMatchObject({ group_name: 'analysts' });
  expect((await ask(after, 'GET', '/api/2.0/pipelines/p')).state).toBe('FAILED');
});

test('L3: an id that was given is never given again', async () => {
  const before = await aLife();
  const importOne = (workspace: SimulatedWorkspace, path: string) =>
    ask(workspace, 'POST', '/api/2.0/workspace/import', { path, language: 'PYTHON', content: 'eA==' });
  const idOf = async (workspace: SimulatedWorkspace, path: string) =>
    (await ask(workspace, 'GET', `/api/2.0/workspace/get-status?path=${path}`)).object_id;
  await importOne(before, '/Shared/last');
  const gone = await idOf(before, '/Shared/last');
  await ask(before, 'POST', '/api/2.0/workspace/delete', { path: '/Shared/last' });
  const after = await aLife();
  await importOne(after, '/Shared/last');
  expect(await idOf(after, '/Shared/last')).toBeGreaterThan(gone);
});
