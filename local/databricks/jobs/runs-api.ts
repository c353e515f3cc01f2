// Jobs API 2.2: runs. What a run does by itself is in run-course.ts, repairs in repair.ts.
import type { Request } from '../../simulator/http-server.ts';
import { asRecord } from '../cluster-spec.ts';
import { invalid, refusal, tooManyRequests } from '../errors.ts';
import { createPages } from '../pages.ts';
import type { LimitName } from '../refusals.ts';
import type { Route } from '../router.ts';
import { type Fields, isActive, isOver, type Run, tasksOf } from './job.ts';
import { checkTasks, settingsOf } from './job-settings.ts';
import { newId } from './job-store.ts';
import type { Jobs } from './jobs-api.ts';
import { arrayPage, limitIn, offsetIn, pageFields } from './paging.ts';
import { ARRAY_PAGE, RUNS_PAGE, TASKS_AT_ONCE, TOKEN_CHARACTERS } from './refusals.ts';
import { repairRun } from './repair.ts';
import { cancelled } from './run-course.ts';
import { historyOf, runView, taskRunView, taskView } from './run-view.ts';

const PARAMETERS = [
  'job_parameters',
  'notebook_params',
  'jar_params',
  'python_params',
  'python_named_params',
  'sql_params',
];

export function runRoutes(jobs: Jobs): Route[] {
  const { store, workspace } = jobs;
  const pages = createPages<number>(workspace.emptyPageEvery);
  const route = (method: Route['method'], verb: string, serve: Route['serve'], limit: LimitName = 'jobs'): Route => {
    return { method, path: `/api/2.2/jobs/${verb}`, limit, serve };
  };
  return [
    route('GET', 'runs/list', ({ query, request }) => {
      const ids = () => listed(query, store.runs());
      const page = pages.take(query, { size: limitIn(query, RUNS_PAGE), offset: offsetIn(query, RUNS_PAGE), ids });
      const found = page.taken.flatMap((id) => store.findRun(id) ?? []);
      const isExpanded = query.get('expand_tasks') === 'true';
      const url = urlOf(request, workspace.id);
      return {
        ...(found.length > 0 && { runs: found.map((run) => listedRun(run, isExpanded, url)) }),
        ...pageFields(page),
      };
    }),
    route('GET', 'runs/get', ({ query, request }) => oneRun(query, jobs, urlOf(request, workspace.id)), 'runsGet'),
    route(
      'GET',
      'runs/get-output',
      ({ query, request }) => output(query, jobs, urlOf(request, workspace.id)),
      'runsGet',
    ),
    route('POST', 'run-now', ({ body }) => runNow(body, jobs), 'runNow'),
    route('POST', 'runs/submit', ({ body }) => submit(body, jobs), 'runsSubmit'),
    route('POST', 'runs/repair', ({ body }) => repairRun(body, jobs)),
    route('POST', 'runs/cancel', ({ body }) => cancel(body.run_id, jobs)),
    route('POST', 'runs/cancel-all', ({ body }) => cancelAll(body, jobs)),
    route('POST', 'runs/delete', ({ body }) => {
      const run = store.run(body.run_id);
      if (isActive(run)) throw refusal(400, 'INVALID_STATE', `Run ${run.id} is active and cannot be deleted.`);
      store.removeRun(run);
      return {};
    }),
  ];
}

function runNow(body: Fields, { store, engine }: Jobs): unknown {
  const job = store.job(body.job_id);
  const known = knownRun(body, store);
  if (known) return { run_id: known.id, number_in_job: known.id };
  const only = Array.isArray(body.only) ? body.only.map(String) : undefined;
  const keys = tasksOf(job.settings).map(({ task_key: key }) => key);
  const unknown = only?.find((key) => !keys.includes(key));
  if (unknown !== undefined) throw invalid(`Task ${unknown} does not exist in job ${job.id}.`);
  const wanted = only?.length ?? keys.length;
  if (tasksAtWork(store) + wanted > TASKS_AT_ONCE) throw tooManyRequests(undefined);
  const run = engine.launch(job, { token: tokenIn(body), only, parameters: parametersIn(body) });
  return { run_id: run.id, number_in_job: run.id };
}

/** A run of its own, with a job that nobody sees. */
function submit(body: Fields, { store, workspace, engine }: Jobs): unknown {
  const known = knownRun(body, store);
  if (known) return { run_id: known.id };
  const settings = settingsOf({ ...body, name: body.run_name ?? 'Untitled' });
  if (tasksOf(settings).length === 0) throw invalid('Missing required field: tasks');
  checkTasks(tasksOf(settings).map(asRecord), []);
  if (tasksAtWork(store) + tasksOf(settings).length > TASKS_AT_ONCE) throw tooManyRequests(undefined);
  const { caller, clock } = workspace;
  const job = { id: newId(), creator: caller.userName, createdAt: clock.now(), settings, orders: [] };
  return { run_id: engine.launch(job, { token: tokenIn(body), kind: 'SUBMIT_RUN' }).id };
}

function cancel(id: unknown, { store, workspace }: Jobs): unknown {
  const run = store.run(id);
  const order = { at: workspace.clock.now(), because: 'user' } as const;
  const one = run.tasks.find((task) => task.id === Number(id));
  // [guess] Cancelling what is over does nothing.
  if (!isActive(run) || (one && isOver(one))) return {};
  const tasks = run.tasks.map((task) => (task === one ? { ...task, cancel: order } : task));
  store.putRun(one ? { ...run, tasks } : cancelled(run, order));
  return {};
}

/** Without a job only what waits in queues, but of every job. [doc: CancelAllRuns] */
function cancelAll(body: Fields, jobs: Jobs): unknown {
  const { store } = jobs;
  const isQueued = (run: Run) => run.startedAt === undefined;
  const job = body.job_id === undefined ? undefined : store.job(body.job_id);
  if (!job && body.all_queued_runs !== true) throw invalid('Either job_id or all_queued_runs is required.');
  const wanted = store.activeRuns().filter((run) => (job ? run.jobId === job.id : true));
  for (const run of wanted) if (body.all_queued_runs !== true || isQueued(run)) cancel(run.id, jobs);
  return {};
}

function oneRun(query: URLSearchParams, { store }: Jobs, url: string): Fields {
  const id = Number(query.get('run_id'));
  const run = store.run(query.get('run_id'));
  const task = run.tasks.find((candidate) => candidate.id === id);
  if (task) return taskRunView(task, run, url);
  const { part, next } = arrayPage(run.tasks, query.get('page_token'), ARRAY_PAGE);
  const isRepaired = query.get('include_history') === 'true';
  return {
    ...runView(run, url),
    ...(part.length > 0 && { tasks: part.map((one) => taskView(one, run, url)) }),
    ...(isRepaired && { repair_history: historyOf(run) }),
    ...(next !== undefined && { next_page_token: next }),
  };
}

/** Of a task run; a run as such has none, not even one of a single task. */
function output(query: URLSearchParams, { store }: Jobs, url: string): Fields {
  const id = Number(query.get('run_id'));
  const run = store.run(query.get('run_id'));
  const task = run.tasks.find((candidate) => candidate.id === id);
  if (!task) {
    throw invalid(
      'Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each individual task run instead.',
    );
  }
  const { exit, error, trace } = 'output' in task.stage ? task.stage.output : {};
  const isNotebook = task.settings.notebook_task !== undefined;
  return {
    metadata: taskRunView(task, run, url),
    ...(isNotebook && { notebook_output: exit === undefined ? {} : { result: exit, truncated: false } }),
    ...(error !== undefined && { error }),
    ...(trace !== undefined && { error_trace: trace }),
  };
}

function listedRun(run: Run, isExpanded: boolean, url: string): Fields {
  if (!isExpanded) return runView(run, url);
  const { part, next } = arrayPage(run.tasks, undefined, ARRAY_PAGE);
  return { ...runView(run, url), tasks: part.map((task) => taskView(task, run, url)), has_more: next !== undefined };
}

/** The last started first. */
function listed(query: URLSearchParams, runs: Run[]): number[] {
  const isActiveOnly = query.get('active_only') === 'true';
  const isCompletedOnly = query.get('completed_only') === 'true';
  if (isActiveOnly && isCompletedOnly) throw invalid('active_only and completed_only cannot both be true.');
  const job = query.get('job_id');
  const kind = query.get('run_type');
  const from = Number(query.get('start_time_from') ?? 0);
  const to = Number(query.get('start_time_to') ?? Number.POSITIVE_INFINITY);
  const found = runs.filter(
    (run) =>
      (job === null || run.jobId === Number(job)) &&
      (kind === null || run.kind === kind) &&
      (!isActiveOnly || isActive(run)) &&
      (!isCompletedOnly || !isActive(run)) &&
      run.createdAt >= from &&
      run.createdAt <= to,
  );
  return found.toSorted((a, b) => b.createdAt - a.createdAt).map(({ id }) => id);
}

function knownRun(body: Fields, store: Jobs['store']): Run | undefined {
  const token = tokenIn(body);
  return token === undefined ? undefined : store.withToken(token);
}

function tokenIn({ idempotency_token: token }: Fields): string | undefined {
  if (token === undefined || token === '') return undefined;
  if (typeof token === 'string' && token.length <= TOKEN_CHARACTERS) return token;
  throw invalid(`The idempotency token must have at most ${TOKEN_CHARACTERS} characters.`);
}

function parametersIn(body: Fields): Fields {
  return Object.fromEntries(PARAMETERS.flatMap((field) => (body[field] === undefined ? [] : [[field, body[field]]])));
}

function tasksAtWork(store: Jobs['store']): number {
  return store.activeRuns().reduce((sum, run) => sum + run.tasks.filter((task) => !isOver(task)).length, 0);
}

/** The workspace's in a browser. */
function urlOf({ headers }: Request, workspaceId: string): string {
  return `http://${headers.host ?? '127.0.0.1'}/?o=${workspaceId}`;
}
