// What will come of a task's work, decided when it begins: by what a test ordered, else by what its notebook says.
import { runNotebook } from '../files/notebook-run.ts';
import type { Fields, Planned, TaskFailure, TaskRun } from './job.ts';
import { RUN_SECONDS } from './refusals.ts';
import { ending } from './run-ends.ts';
import type { JobWorld } from './world.ts';

export interface Work extends Planned {
  readonly seconds: number;
}

const FAILED = 'Workload failed, see run output for details';

export function workOf(task: TaskRun, { files, workspace }: JobWorld): Work {
  const { order } = task;
  if (order?.fail) return ordered(order.fail, order.seconds);
  const path = String(fieldsIn(task.settings, 'notebook_task').notebook_path ?? '');
  const notebook = path === '' ? undefined : files.find(path);
  if (path !== '' && notebook?.type !== 'NOTEBOOK') return missing(path, workspace.caller.userName);
  const ran = notebook?.type === 'NOTEBOOK' ? runNotebook(notebook) : { seconds: 0 };
  const seconds = order?.seconds ?? RUN_SECONDS.work + ran.seconds;
  if (!ran.error) return { seconds, end: ending('SUCCESS'), output: { exit: ran.exit } };
  const error = `${ran.error.name}: ${ran.error.message}`;
  return {
    seconds,
    end: ending('RUN_EXECUTION_ERROR', FAILED),
    output: { error, trace: traceOf(ran.error.line, error) },
  };
}

/** Libraries, storage and the like are found out before the work, an exception in it. */
function ordered(failure: TaskFailure, seconds: number | undefined): Work {
  const { code, type, message, error, trace, afterSeconds } = failure;
  const raised = error ?? 'Exception: ordered by the test';
  const output =
    code === 'RUN_EXECUTION_ERROR' ? { error: raised, trace: trace ?? traceOf('...', raised) } : { error, trace };
  const said = message ?? (code === 'RUN_EXECUTION_ERROR' ? FAILED : code.toLowerCase().replaceAll('_', ' '));
  const changed = type === undefined ? {} : { type };
  return { seconds: afterSeconds ?? seconds ?? RUN_SECONDS.work, end: ending(code, said, changed), output };
}

function missing(path: string, user: string): Work {
  const message = `Unable to access the notebook "${path}". Either it does not exist, or the identity used to run this job, ${user}, lacks the required permissions.`;
  return { seconds: 0, end: ending('RESOURCE_NOT_FOUND', message), output: { error: message } };
}

function traceOf(line: string, error: string): string {
  return [`${'-'.repeat(75)}`, 'Traceback (most recent call last)', `----> ${line}`, '', error].join('\n');
}

export function fieldsIn(fields: Fields, name: string): Fields {
  const value = fields[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
