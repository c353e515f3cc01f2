// The course of a run: its tasks step by step, their retries, the clusters made for it, and its end.
import { endOf, isOver, latestAttempts, numberIn, type Run, type TaskRun, tasksOf } from './job.ts';
import { newId } from './job-store.ts';
import { type End, ending } from './run-ends.ts';
import { releaseClusters } from './task-clusters.ts';
import { stepTask } from './task-course.ts';
import { dependenciesOf } from './task-gate.ts';
import { type JobWorld, ms } from './world.ts';

/** Out of the queue, or past it: its tasks stand ready. */
export function startRun(run: Run, at: number): Run {
  const wanted = tasksOf(run.settings).filter(({ task_key: key }) => !run.only || run.only.includes(String(key)));
  const tasks = wanted.map((settings) => firstAttempt(settings));
  const history = [{ id: run.id, startedAt: at, taskRunIds: tasks.map(({ id }) => id) }];
  return { ...run, startedAt: at, tasks, history };
}

export function firstAttempt(settings: TaskRun['settings'], attempt = 0): TaskRun {
  const id = newId();
  return { id, originalId: id, key: String(settings.task_key), attempt, settings, stage: { name: 'BLOCKED' } };
}

/** The run after everything that is due by now; the same object when nothing is. */
export function stepRun(before: Run, world: JobWorld): Run {
  let run = withDeadline(before, world);
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    for (const task of run.tasks) {
      const stepped = stepTask(task, run, world);
      if (stepped === task) continue;
      hasMoved = true;
      run = { ...run, tasks: run.tasks.map((other) => (other === task ? stepped : other)) };
      const retry = retryOf(stepped, run, world);
      if (retry) run = { ...run, tasks: [...run.tasks, retry] };
    }
    releaseClusters(run, world);
  }
  return run.tasks.every(isOver) ? finished(run) : run;
}

/** The tasks of a run that took longer than its job allows are cancelled all at once. */
function withDeadline(run: Run, world: JobWorld): Run {
  const limit = numberIn(run.settings, 'timeout_seconds');
  const begun = run.history.at(-1)?.startedAt;
  if (limit <= 0 || begun === undefined || begun + ms(limit, world) > world.workspace.clock.now()) return run;
  return cancelled(run, { at: begun + ms(limit, world), because: 'timeout' });
}

export function cancelled(run: Run, cancel: NonNullable<TaskRun['cancel']>): Run {
  if (run.startedAt === undefined) {
    return { ...run, startedAt: cancel.at, end: { ...ending('USER_CANCELED', 'Run cancelled.'), at: cancel.at } };
  }
  if (run.tasks.every((task) => isOver(task) || task.cancel)) return run;
  return { ...run, tasks: run.tasks.map((task) => (isOver(task) || task.cancel ? task : { ...task, cancel })) };
}

/** The next attempt, if this one failed and the task's settings allow another. */
function retryOf(task: TaskRun, run: Run, world: JobWorld): TaskRun | undefined {
  const { stage, settings, cancel } = task;
  if (stage.name !== 'TERMINATED' || cancel) return undefined;
  const { result } = stage.end;
  if (result !== 'FAILED' && !(result === 'TIMEDOUT' && settings.retry_on_timeout === true)) return undefined;
  const retries = numberIn(settings, 'max_retries');
  const attempts = run.tasks.filter(({ originalId }) => originalId === task.originalId).length;
  if (retries >= 0 && attempts > retries) return undefined;
  const earliest = (task.startedAt ?? 0) + ms(numberIn(settings, 'min_retry_interval_millis') / 1000, world);
  return {
    ...firstAttempt(settings, task.attempt + 1),
    originalId: task.originalId,
    stage: { name: 'WAITING_FOR_RETRY', until: Math.max(stage.at, earliest) },
  };
}

function finished(run: Run): Run {
  const at = Math.max(
    run.startedAt ?? 0,
    ...run.tasks.map(({ stage }) => (stage.name === 'TERMINATED' ? stage.at : 0)),
  );
  const end: End = { ...conclusion(run), at };
  const history = run.history.map((repair, index) => (index === run.history.length - 1 ? { ...repair, end } : repair));
  return { ...run, end, history };
}

/** The leaves of the graph decide. [doc: SUCCESS_WITH_FAILURES] */
function conclusion(run: Run): Omit<End, 'at'> {
  const last = latestAttempts(run);
  const codes = last.map((task) => endOf(task)?.code);
  if (codes.length === 0) return ending('SKIPPED', 'There was no task to run.', { result: 'EXCLUDED' });
  if (codes.includes('USER_CANCELED')) return ending('USER_CANCELED', 'Run cancelled.');
  if (last.some(({ cancel }) => cancel?.because === 'timeout')) return ending('CANCELED', 'The run timed out.');
  const failed = last.filter((task) => !isFine(task));
  const awaited = new Set(last.flatMap(({ settings }) => dependenciesOf(settings)));
  if (failed.length === 0) return ending('SUCCESS');
  if (failed.every(({ key }) => awaited.has(key))) return ending('SUCCESS_WITH_FAILURES');
  return failure(last, failed);
}

/** The words of dagster#19715. A run of several tasks ends in INTERNAL_ERROR for any failure in it, one of a single task as that. */
function failure(all: readonly TaskRun[], failed: readonly TaskRun[]): Omit<End, 'at'> {
  const own = failed.filter((task) => endOf(task)?.code !== 'SKIPPED');
  const reasons = own.map((task) => `Task ${task.key} failed with message: ${endOf(task)?.message}.`);
  if (own.length < failed.length) reasons.push('This caused all downstream tasks to get skipped.');
  const single = all.length === 1 && all[0] ? endOf(all[0])?.lifeCycle : undefined;
  const [first] = own.flatMap((task) => endOf(task) ?? []);
  return ending('RUN_EXECUTION_ERROR', reasons.join(' '), {
    lifeCycle: single ?? 'INTERNAL_ERROR',
    type: first?.type ?? 'CLIENT_ERROR',
  });
}

function isFine(task: TaskRun): boolean {
  return ['SUCCESS', 'EXCLUDED', 'DISABLED'].includes(endOf(task)?.result ?? '');
}
