// runs/repair: some tasks of a finished run once more, as part of that run, with the settings that its job has now.
import { invalid, refusal } from '../errors.ts';
import { endOf, type Fields, isActive, latestAttempts, type Run, type TaskRun, tasksOf } from './job.ts';
import { newId } from './job-store.ts';
import type { Jobs } from './jobs-api.ts';
import { firstAttempt } from './run-course.ts';
import { dependenciesOf } from './task-gate.ts';

export function repairRun(body: Fields, { store, workspace }: Jobs): unknown {
  const run = store.run(body.run_id);
  const settings = refuseUnrepairable(run, body, store);
  const keys = wantedKeys(run, body);
  const attempts = keys.map((key) => nextAttempt(key, run, settings));
  const startedAt = workspace.clock.now();
  const repair = { id: newId(), startedAt, taskRunIds: attempts.map(({ id }) => id) };
  store.putRun({
    ...run,
    settings,
    // What the repair does not send is not there: also not what the run was started with. [seen: apache/airflow#64828]
    parameters: typeof body.job_parameters === 'object' ? { job_parameters: body.job_parameters } : {},
    tasks: [...run.tasks, ...attempts],
    history: [...run.history, repair],
    end: undefined,
  });
  return { repair_id: repair.id };
}

/** The job's current settings, if the run can be repaired. */
function refuseUnrepairable(run: Run, body: Fields, store: Jobs['store']): Fields {
  const job = store.findJob(run.jobId);
  if (run.kind === 'SUBMIT_RUN' || !job) throw invalid(`Run ${run.id} is not a run of a job and cannot be repaired.`);
  if (isActive(run)) throw refusal(400, 'INVALID_STATE', `Run ${run.id} is in progress and cannot be repaired.`);
  if (run.tasks.length === 0) throw invalid(`Run ${run.id} was skipped and cannot be repaired.`);
  const latest = run.history.length > 1 ? run.history.at(-1)?.id : undefined;
  // [seen: databricks-sdk-py#157, word for word]
  if (latest !== undefined && body.latest_repair_id === undefined) {
    throw invalid('The latest repair ID needs to be provided in order to create a new repair');
  }
  if (body.latest_repair_id !== undefined && Number(body.latest_repair_id) !== latest) {
    throw invalid(`The repair ID ${body.latest_repair_id} is not the latest repair ID of run ${run.id}.`);
  }
  return job.settings;
}

function wantedKeys(run: Run, body: Fields): string[] {
  const named = Array.isArray(body.rerun_tasks) ? body.rerun_tasks.map(String) : [];
  const isAllFailed = body.rerun_all_failed_tasks === true;
  if (isAllFailed && named.length > 0) {
    throw invalid('Only one of rerun_tasks and rerun_all_failed_tasks can be used.');
  }
  const last = latestAttempts(run);
  const unknown = named.find((key) => !last.some((task) => task.key === key));
  if (unknown !== undefined) throw invalid(`Task ${unknown} is not a task of run ${run.id}.`);
  const wanted = new Set(isAllFailed ? last.filter(isUnsuccessful).map(({ key }) => key) : named);
  if (body.rerun_dependent_tasks === true) addDependents(wanted, last);
  if (wanted.size === 0) throw invalid(`Run ${run.id} has no task to repair.`);
  return [...wanted];
}

function addDependents(wanted: Set<string>, tasks: readonly TaskRun[]): void {
  for (let size = -1; size !== wanted.size; ) {
    size = wanted.size;
    for (const { key, settings } of tasks)
      if (dependenciesOf(settings).some((other) => wanted.has(other))) wanted.add(key);
  }
}

function isUnsuccessful(task: TaskRun): boolean {
  return !['SUCCESS', 'EXCLUDED', 'DISABLED'].includes(endOf(task)?.result ?? '');
}

function nextAttempt(key: string, run: Run, settings: Fields): TaskRun {
  const task = tasksOf(settings).find((candidate) => candidate.task_key === key);
  if (!task) throw invalid(`Task ${key} is no longer part of the job.`);
  const before = run.tasks.filter((attempt) => attempt.key === key);
  return firstAttempt(task, Math.max(...before.map(({ attempt }) => attempt)) + 1);
}
