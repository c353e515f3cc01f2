// The JSON of jobs and runs -> the domain's values. `status` is read first, the older `state` where it is missing (facts/databricks.md 2.1).
import * as z from 'zod';
import type { JobSettings, Repair, RunDetail, RunEnd, RunSummary, TaskAttempt } from '../../domain/jobs/run.ts';
import type { Settings } from '../../domain/runbooks/settings-change.ts';
import type { ListedJob } from '../../ports/workspace-jobs.ts';
import { instant, optionalText, rowsOf, text } from './wire.ts';

/** Beyond 2^53 a number has lost digits on its way: it would name another run. */
const id = z.union([z.int().positive().transform(String), z.string().regex(/^\d{1,16}$/)]);
const milliseconds = z.number().optional().catch(undefined);

const details = z.object({ code: z.string(), message: text });
const status = z.object({ state: text, termination_details: details.optional().catch(undefined) });
const oldState = z.object({ life_cycle_state: text, result_state: optionalText, state_message: text });

const ended = {
  status: status.optional().catch(undefined),
  state: oldState.optional().catch(undefined),
  start_time: instant,
  end_time: instant,
};
type Ended = z.output<z.ZodObject<typeof ended>>;

const SUCCESSES = new Set(['SUCCESS', 'SUCCESS_WITH_FAILURES']);
const OVER = new Set(['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR']);
/** What the older results are called now (facts/databricks.md 2.1). */
const RESULTS: Readonly<Record<string, string>> = {
  FAILED: 'RUN_EXECUTION_ERROR',
  TIMEDOUT: 'CANCELED',
  CANCELED: 'USER_CANCELED',
  UPSTREAM_FAILED: 'SKIPPED',
  UPSTREAM_CANCELED: 'SKIPPED',
  EXCLUDED: 'SKIPPED',
  MAXIMUM_CONCURRENT_RUNS_REACHED: 'MAX_CONCURRENT_RUNS_EXCEEDED',
};

function endOf({ status: now, state, end_time: at }: Ended): { end?: RunEnd } {
  const told =
    now?.state === 'TERMINATED' ? (now.termination_details ?? olderEnd(state)) : now ? undefined : olderEnd(state);
  if (!told) return {};
  return { end: { ...told, succeeded: SUCCESSES.has(told.code), ...(at && { at }) } };
}

function olderEnd(state: Ended['state']): { code: string; message: string } | undefined {
  if (!state || !OVER.has(state.life_cycle_state)) return undefined;
  const { life_cycle_state: lifeCycle, result_state: result = lifeCycle, state_message: message } = state;
  if (lifeCycle === 'INTERNAL_ERROR') return { code: lifeCycle, message };
  return { code: RESULTS[result] ?? result, message };
}

const taskSchema = z
  .object({
    ...ended,
    run_id: id,
    task_key: z.string(),
    attempt_number: z.int().min(0).catch(0),
    /** 0 until its work begins; where nobody says, it may have begun. Of what hands its work on to other runs it stays 0. */
    execution_duration: milliseconds,
    run_job_task: z.unknown().optional(),
    for_each_task: z.unknown().optional(),
    cluster_instance: z.object({ cluster_id: optionalText }).optional().catch(undefined),
    existing_cluster_id: optionalText,
  })
  .transform((wire): TaskAttempt => {
    const clusterId = wire.cluster_instance?.cluster_id ?? wire.existing_cluster_id;
    const handsOn = (wire.run_job_task ?? wire.for_each_task) !== undefined;
    return {
      runId: wire.run_id,
      task: wire.task_key,
      attempt: wire.attempt_number,
      hasBegun: wire.execution_duration !== 0 || handsOn,
      ...(wire.start_time && { startedAt: wire.start_time }),
      ...(clusterId !== undefined && { clusterId }),
      ...endOf(wire),
    };
  });

const repairSchema = z
  .object({ type: text, id: id.optional(), start_time: instant })
  .transform(({ type, id: repair, start_time: startedAt }): Repair | undefined =>
    type === 'REPAIR' && repair !== undefined && startedAt ? { id: repair, startedAt } : undefined,
  );

const summary = {
  ...ended,
  run_id: id,
  job_id: id,
  run_name: text,
  run_type: text,
};
type Summary = z.output<z.ZodObject<typeof summary>>;

function summaryOf(wire: Summary): RunSummary {
  return {
    runId: wire.run_id,
    jobId: wire.job_id,
    name: wire.run_name,
    ofJob: wire.run_type !== 'SUBMIT_RUN',
    startedAt: wire.start_time ?? new Date(0).toISOString(),
    ...endOf(wire),
  };
}

/** What a run can be started with beside its job's parameters; a repair forgets what it is not given again. */
const PARAMETERS = [
  'notebook_params',
  'jar_params',
  'python_params',
  'python_named_params',
  'sql_params',
  'dbt_commands',
  'spark_submit_params',
  'pipeline_params',
];

const jobParameter = z.object({ name: z.string(), default: optionalText, value: optionalText });

const startedWith = {
  overriding_parameters: z.record(z.string(), z.unknown()).optional().catch(undefined),
  job_parameters: rowsOf(jobParameter),
};

/** The job's own parameters stand in a list of their own, with those that nobody has set: these are the job's to say. */
function parametersIn(wire: z.output<z.ZodObject<typeof startedWith>>): RunDetail['parameters'] {
  const given = Object.entries(wire.overriding_parameters ?? {}).filter(([name]) => PARAMETERS.includes(name));
  const set = wire.job_parameters.filter(({ value, default: preset }) => value !== undefined && value !== preset);
  const ofJob = Object.fromEntries(set.map(({ name, value }) => [name, value]));
  return { ...Object.fromEntries(given), ...(set.length > 0 && { job_parameters: ofJob }) };
}

export const runAnswer = z
  .object({
    ...summary,
    ...startedWith,
    tasks: rowsOf(taskSchema),
    repair_history: rowsOf(repairSchema),
    next_page_token: optionalText,
  })
  .transform((wire): { run: RunDetail; next: string | undefined } => {
    const run = { ...summaryOf(wire), tasks: wire.tasks, repairs: wire.repair_history, parameters: parametersIn(wire) };
    return { run, next: wire.next_page_token };
  });

export const runPage = z.object({
  runs: rowsOf(z.object(summary).transform(summaryOf)),
  next_page_token: optionalText,
});

const jobTask = z
  .object({ task_key: z.string(), max_retries: z.int().catch(0) })
  .transform(({ task_key: task, max_retries: maxRetries }) => ({ task, maxRetries }));

export const jobAnswer = z
  .object({
    job_id: id,
    settings: z.object({
      name: text,
      max_concurrent_runs: z.int().min(0).catch(1),
      continuous: z.object({}).optional().catch(undefined),
      tasks: rowsOf(jobTask),
    }),
    next_page_token: optionalText,
  })
  .transform(({ job_id: jobId, settings, next_page_token: next }): { job: JobSettings; next: string | undefined } => {
    const { name, max_concurrent_runs: maxConcurrentRuns, continuous, tasks } = settings;
    return { job: { jobId, name, maxConcurrentRuns, isContinuous: continuous !== undefined, tasks }, next };
  });

export const definitionAnswer = z.object({ settings: z.record(z.string(), z.unknown()) });

/** Lists of which a page has a hundred entries at most; the next page goes on with them (docs.databricks.com/api/azure/workspace/jobs/get). */
const PAGED = ['tasks', 'job_clusters', 'environments', 'parameters'];

export function withNextPage(settings: Settings, next: Settings): Settings {
  const longer = PAGED.filter((name) => Array.isArray(settings[name]) && Array.isArray(next[name]));
  return { ...settings, ...Object.fromEntries(longer.map((name) => [name, [settings[name], next[name]].flat()])) };
}

export const jobPage = z.object({
  jobs: rowsOf(
    z.object({ job_id: id, settings: z.looseObject({ name: text }), has_more: z.boolean().catch(false) }).transform(
      ({ job_id: jobId, settings, has_more: hasMore }): ListedJob => ({
        jobId,
        name: settings.name,
        ...(hasMore ? {} : { definition: settings }),
      }),
    ),
  ),
  next_page_token: optionalText,
});
