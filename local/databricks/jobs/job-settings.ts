// The settings of a job: which fields there are (others are dropped, as the service does), what it refuses, and how an update merges.
import { asRecord } from '../cluster-spec.ts';
import { invalid } from '../errors.ts';
import { type Fields, numberIn, tasksOf } from './job.ts';
import { EVENTS } from './notices.ts';
import { DESTINATIONS_PER_EVENT, MAX_CONCURRENT_RUNS, TASKS_PER_JOB } from './refusals.ts';
import { checkSchedule } from './schedule.ts';
import { dependenciesOf, RUN_IF } from './task-gate.ts';
import { fieldsIn } from './task-work.ts';

/** JobSettings of API 2.2, as SDK 0.17.0 has them. */
const FIELDS = new Set([
  'budget_policy_id',
  'continuous',
  'deployment',
  'description',
  'edit_mode',
  'email_notifications',
  'environments',
  'git_source',
  'health',
  'job_clusters',
  'max_concurrent_runs',
  'name',
  'notification_settings',
  'parameters',
  'performance_target',
  'queue',
  'run_as',
  'schedule',
  'tags',
  'tasks',
  'timeout_seconds',
  'trigger',
  'usage_policy_id',
  'webhook_notifications',
]);
/** Arrays that an update merges by key; every other field it replaces whole. [doc: UpdateJob.new_settings] */
const KEYED: Record<string, string> = { tasks: 'task_key', job_clusters: 'job_cluster_key' };

export function settingsOf(body: Fields): Fields {
  const given = Object.entries(body).filter(([field]) => FIELDS.has(field));
  return {
    email_notifications: {},
    max_concurrent_runs: 1,
    timeout_seconds: 0,
    format: 'MULTI_TASK',
    ...Object.fromEntries(given),
  };
}

export function checkSettings(settings: Fields): Fields {
  const concurrent = numberIn(settings, 'max_concurrent_runs', 1);
  if (!Number.isInteger(concurrent) || concurrent < 0 || concurrent > MAX_CONCURRENT_RUNS) {
    throw invalid(`max_concurrent_runs must be between 0 and ${MAX_CONCURRENT_RUNS}.`);
  }
  if (settings.schedule !== undefined && settings.continuous !== undefined) {
    throw invalid('Only one of schedule and continuous can be used.');
  }
  checkSchedule(settings.schedule);
  checkTasks(tasksOf(settings), jobClusterKeys(settings));
  for (const fields of [settings, ...tasksOf(settings)]) checkDestinations(fields);
  return settings;
}

export function updated(settings: Fields, change: Fields, remove: unknown): Fields {
  const merged = { ...settings };
  for (const path of Array.isArray(remove) ? remove.map(String) : []) removeField(merged, path);
  for (const [field, value] of Object.entries(change)) {
    if (!FIELDS.has(field)) continue;
    const key = KEYED[field];
    merged[field] = key ? mergedBy(key, settings[field], value) : value;
  }
  return merged;
}

function removeField(settings: Record<string, unknown>, path: string): void {
  const [field = '', name] = path.split('/');
  const key = KEYED[field];
  if (name === undefined) delete settings[field];
  else if (key) settings[field] = listOf(settings[field]).filter((entry) => entry[key] !== name);
  else throw invalid(`Removing nested fields is not supported: ${path}`);
}

function mergedBy(key: string, old: unknown, given: unknown): Fields[] {
  const entries = new Map(listOf(old).map((entry) => [entry[key], entry]));
  for (const entry of listOf(given)) entries.set(entry[key], entry);
  return [...entries.values()];
}

export function checkTasks(tasks: readonly Fields[], clusterKeys: readonly unknown[]): void {
  if (tasks.length > TASKS_PER_JOB) throw invalid(`A job can have at most ${TASKS_PER_JOB} tasks.`);
  const keys = tasks.map(({ task_key: key }) => key);
  for (const [index, task] of tasks.entries()) {
    const key = keys[index];
    if (typeof key !== 'string' || key === '') throw invalid('Missing required field: task_key');
    if (keys.indexOf(key) !== index) throw invalid(`Duplicate task key: ${key}`);
    const unknown = dependenciesOf(task).find((other) => !keys.includes(other));
    if (unknown !== undefined) throw invalid(`Task ${key} depends on task ${unknown}, which does not exist.`);
    if (task.run_if !== undefined && !RUN_IF.includes(String(task.run_if)))
      throw invalid(`Invalid run_if: ${task.run_if}`);
    checkCompute(task, key, clusterKeys);
  }
  refuseCircle(tasks);
}

function checkCompute(task: Fields, key: string, clusterKeys: readonly unknown[]): void {
  const given = ['existing_cluster_id', 'job_cluster_key', 'new_cluster'].filter((field) => task[field] !== undefined);
  if (given.length > 1) throw invalid(`Task ${key}: only one of ${given.join(' and ')} can be specified.`);
  if (task.job_cluster_key !== undefined && !clusterKeys.includes(task.job_cluster_key)) {
    throw invalid(`Task ${key}: job_cluster_key '${task.job_cluster_key}' is not a job cluster of the job.`);
  }
  const { notebook_path: path } = fieldsIn(task, 'notebook_task');
  if (task.notebook_task === undefined || (typeof path === 'string' && path.startsWith('/'))) return;
  throw invalid(`Only absolute paths are currently supported. Paths must begin with '/'. Got: ${path}`);
}

/** What depends on nothing left is taken away until nothing is; what remains goes round in a circle. */
function refuseCircle(tasks: readonly Fields[]): void {
  const left = new Map(tasks.map((task) => [task.task_key, dependenciesOf(task)]));
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    for (const [key, awaited] of left) if (!awaited.some((other) => left.has(other))) left.delete(key);
  }
  if (left.size > 0) throw invalid(`The dependencies of the tasks form a cycle: ${[...left.keys()].join(', ')}`);
}

function checkDestinations(settings: Fields): void {
  for (const event of EVENTS) {
    const count = listOf(fieldsIn(settings, 'webhook_notifications')[event]).length;
    if (count > DESTINATIONS_PER_EVENT) throw invalid(`At most ${DESTINATIONS_PER_EVENT} destinations for ${event}.`);
  }
}

function jobClusterKeys(settings: Fields): unknown[] {
  return listOf(settings.job_clusters).map(({ job_cluster_key: key }) => key);
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(asRecord) : [];
}
