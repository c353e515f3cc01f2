// What a run's answer does not say of its tasks, where believing it would run work a second time.
import { expect, it } from 'vitest';
import { status, trapBench } from '../builders/databricks-adapter.ts';

const { server, ours } = trapBench();

async function tasksOf(...tasks: readonly Record<string, unknown>[]) {
  const ended = { status: { state: 'TERMINATED', termination_details: { code: 'INTERNAL_ERROR', message: '' } } };
  const rows = tasks.map((task, at) => ({ run_id: 70 + at, task_key: `t${at}`, ...ended, ...task }));
  const { url } = await server(status(200, { run_id: 7, job_id: 1, run_type: 'JOB_RUN', ...ended, tasks: rows }));
  return (await ours(url).workspace.jobs.run('7'))?.tasks ?? [];
}

/** "The execution_duration field is set to 0 for multitask job runs" (jobs/getrun), and what a task hands on is one. */
it('E9: the work of a task that hands it on to runs of their own may have begun, whatever its duration says', async () => {
  const handedOn = await tasksOf(
    { execution_duration: 0, run_job_task: { job_id: 2 } },
    { execution_duration: 0, for_each_task: { inputs: '[1,2]', task: {} } },
  );
  expect(handedOn.map(({ hasBegun }) => hasBegun)).toEqual([true, true]);
  const own = await tasksOf({ execution_duration: 0, notebook_task: { notebook_path: '/a' } }, { notebook_task: {} });
  expect(own.map(({ hasBegun }) => hasBegun)).toEqual([false, true]);
});
