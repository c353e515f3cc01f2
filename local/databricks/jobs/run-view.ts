// Runs and task runs as the API shows them, in both of its dialects: `status` and the older `state`.
import type { Fields, Run, Stage, TaskRun } from './job.ts';
import type { End } from './run-ends.ts';

const WORK = ['notebook_task', 'spark_python_task', 'spark_jar_task', 'python_wheel_task', 'sql_task', 'pipeline_task'];
const TASK_FIELDS = [
  ...WORK,
  'depends_on',
  'run_if',
  'existing_cluster_id',
  'job_cluster_key',
  'new_cluster',
  'libraries',
  'timeout_seconds',
  'webhook_notifications',
  'email_notifications',
  'description',
];

interface Times {
  readonly started: number;
  readonly running?: number | undefined;
  readonly worked?: number | undefined;
  readonly over?: number | undefined;
}

/** What every answer about a run carries; tasks and history are the caller's to add. `url` is the workspace's in a browser. */
export function runView(run: Run, url: string): Fields {
  const { id, end, startedAt, createdAt, history } = run;
  const begun = startedAt ?? createdAt;
  return {
    job_id: run.jobId,
    run_id: id,
    number_in_job: id,
    original_attempt_run_id: id,
    attempt_number: 0,
    run_name: run.name,
    run_type: run.kind,
    format: 'MULTI_TASK',
    trigger: run.trigger,
    creator_user_name: run.creator,
    start_time: createdAt,
    end_time: end?.at ?? 0,
    // Of a run of several tasks only this one is told. [doc]
    setup_duration: 0,
    execution_duration: 0,
    cleanup_duration: 0,
    run_duration: end ? worked(run) : 0,
    queue_duration: begun - createdAt,
    run_page_url: `${url}#job/${run.jobId}/run/${id}`,
    ...(run.trigger === 'PERIODIC' && { schedule: run.settings.schedule }),
    ...parametersOf(run),
    ...(history.length > 0 && run.settings.job_clusters !== undefined && { job_clusters: run.settings.job_clusters }),
    ...(end ? ended(end) : moving(stateOfRun(run), startedAt === undefined)),
  };
}

/** What the job defines is told in a list of its own, whatever the run was started with; the rest is what overrides its tasks'. [sdk] */
function parametersOf({ settings, parameters: { job_parameters: given, ...others } }: Run): Fields {
  const values = new Map(isFields(given) ? Object.entries(given) : []);
  const defined = Array.isArray(settings.parameters) ? settings.parameters.filter(isFields) : [];
  const names = new Set([...defined.map(({ name }) => String(name)), ...values.keys()]);
  const list = [...names].map((name) => {
    const preset = defined.find((one) => one.name === name)?.default;
    return { name, ...(preset !== undefined && { default: preset }), value: values.get(name) ?? preset };
  });
  return {
    ...(list.length > 0 && { job_parameters: list }),
    ...(Object.keys(others).length > 0 && { overriding_parameters: others }),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

export function taskView(task: TaskRun, run: Run, url: string): Fields {
  const { settings, stage } = task;
  const shown = TASK_FIELDS.filter((field) => settings[field] !== undefined).map((field) => [field, settings[field]]);
  const worked = 'end' in stage ? stage.end.at : undefined;
  const over = stage.name === 'TERMINATED' ? stage.at : undefined;
  const { sparkContextId } = task;
  return {
    run_id: task.id,
    task_key: task.key,
    ...Object.fromEntries(shown),
    run_page_url: `${url}#job/${run.jobId}/run/${task.id}`,
    ...durations({ started: task.startedAt ?? 0, running: task.runningAt, worked, over }),
    ...(task.clusterId !== undefined && {
      cluster_instance: {
        cluster_id: task.clusterId,
        ...(sparkContextId !== undefined && { spark_context_id: String(sparkContextId) }),
      },
    }),
    attempt_number: task.attempt,
    ...(stage.name === 'TERMINATED' ? ended(stage.end) : moving(stage.name, false)),
  };
}

/** A task run asked for by its own id looks like a run. */
export function taskRunView(task: TaskRun, run: Run, url: string): Fields {
  const { run_id: _id, ...parent } = runView(run, url);
  return {
    ...parent,
    ...taskView(task, run, url),
    job_run_id: run.id,
    number_in_job: task.id,
    original_attempt_run_id: task.originalId,
    run_name: task.key,
  };
}

export function historyOf(run: Run): Fields[] {
  return run.history.map((repair, index) => ({
    type: index === 0 ? 'ORIGINAL' : 'REPAIR',
    ...(index > 0 && { id: repair.id }),
    start_time: repair.startedAt,
    end_time: repair.end?.at ?? 0,
    task_run_ids: repair.taskRunIds,
    ...(repair.end ? ended(repair.end) : moving(stateOfRun(run), false)),
  }));
}

/** The life-cycle state of one that is not over. */
function stateOfRun(run: Run): Stage['name'] {
  const names = run.tasks.map(({ stage }) => stage.name).filter((name) => name !== 'TERMINATED');
  if (names.length > 0 && names.every((name) => name === 'TERMINATING')) return 'TERMINATING';
  return run.tasks.some(({ runningAt }) => runningAt !== undefined) ? 'RUNNING' : 'PENDING';
}

function moving(name: Stage['name'], isQueued: boolean): Fields {
  const lifeCycle = isQueued ? 'QUEUED' : name;
  const why = 'The maximum number of concurrent runs of the job is reached.';
  const queue = { queue_details: { code: 'MAX_CONCURRENT_RUNS_REACHED', message: why } };
  return {
    state: {
      life_cycle_state: lifeCycle,
      state_message: MESSAGES[lifeCycle] ?? '',
      user_cancelled_or_timedout: false,
      ...(isQueued && { queue_reason: why }),
    },
    status: { state: lifeCycle === 'WAITING_FOR_RETRY' ? 'WAITING' : lifeCycle, ...(isQueued && queue) },
  };
}

const MESSAGES: Record<string, string> = {
  PENDING: 'Waiting for cluster',
  RUNNING: 'In run',
  BLOCKED: 'Waiting for upstream tasks',
  QUEUED: 'Queued',
};

function ended({ code, type, message, result, lifeCycle }: End): Fields {
  return {
    state: {
      life_cycle_state: lifeCycle,
      result_state: result,
      state_message: message,
      user_cancelled_or_timedout: code === 'USER_CANCELED' || code === 'CANCELED',
    },
    status: { state: 'TERMINATED', termination_details: { code, type, message } },
  };
}

function durations({ started, running, worked, over }: Times): Fields {
  return {
    start_time: started,
    end_time: over ?? 0,
    setup_duration: running === undefined ? 0 : running - started,
    execution_duration: running === undefined || worked === undefined ? 0 : worked - running,
    cleanup_duration: worked === undefined || over === undefined ? 0 : over - worked,
  };
}

/** The run and its repairs, without the time between them. */
function worked({ history, end }: Run): number {
  return history.reduce((sum, { startedAt, end: last = end }) => sum + ((last?.at ?? startedAt) - startedAt), 0);
}
