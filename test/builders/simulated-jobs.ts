// Jobs for the tests of the simulated workspace: one of each kind, and the looks at their runs that the tests share.
import type { jobs } from '@databricks/sdk-experimental';
import { RUN_SECONDS } from '../../local/databricks/jobs/refusals.ts';
import { DURATION_SECONDS } from '../../local/databricks/refusals.ts';
import type { Bench } from './simulated-workspace.ts';

export const NEW_CLUSTER = { spark_version: '15.4.x-scala2.12', node_type_id: 'Standard_DS3_v2', num_workers: 1 };
/** A cluster that is up, one that is down. */
export const CLUSTERS = [
  { cluster_id: 'up', state: 'RUNNING' },
  { cluster_id: 'down', state: 'TERMINATED' },
] as const;

/** On a cluster that is up: until its work begins, until it ends, until all is cleaned up. */
export const BEGUN = RUN_SECONDS.setup;
export const WORKED = BEGUN + RUN_SECONDS.work;
export const OVER = WORKED + RUN_SECONDS.cleanup;
/** On a cluster of its own: until its work begins. */
export const BEGUN_ON_OWN = DURATION_SECONDS.start + RUN_SECONDS.setup;

export async function aJob(bench: Bench, settings: Partial<jobs.CreateJob> = {}): Promise<number> {
  const tasks = [{ task_key: 'main', existing_cluster_id: 'up' }];
  const { job_id: id } = await bench.client.jobs.create({ name: 'nightly', tasks, ...settings });
  if (id === undefined) throw new Error('no job was created');
  return id;
}

/** Starts the job and answers its run's id. */
export async function aRun(bench: Bench, job: number, asked: Partial<jobs.RunNow> = {}): Promise<number> {
  const { run_id: id } = await bench.client.jobs.runNow({ job_id: job, ...asked });
  if (id === undefined) throw new Error('no run was started');
  return id;
}

export function runOf(bench: Bench, id: number): Promise<jobs.Run> {
  return bench.client.jobs.getRun({ run_id: id, include_history: true });
}

/** The attempts at a task, in their order. */
export async function attemptsOf(bench: Bench, run: number, key = 'main'): Promise<jobs.RunTask[]> {
  return ((await runOf(bench, run)).tasks ?? []).filter((task) => task.task_key === key);
}

/** What the next attempts are to meet with. */
export function order(bench: Bench, job: number, ...orders: unknown[]) {
  return bench.call('POST', `/_sim/jobs/${job}/orders`, orders);
}
