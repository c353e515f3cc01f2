// Jobs API 2.2: jobs themselves. Their runs are in runs-api.ts.
import { invalid, refusal } from '../errors.ts';
import { createPages } from '../pages.ts';
import type { LimitName } from '../refusals.ts';
import type { Route } from '../router.ts';
import type { JobEngine } from './engine.ts';
import { type Fields, isActive, type Job, tasksOf } from './job.ts';
import { checkSettings, settingsOf, updated } from './job-settings.ts';
import { newId } from './job-store.ts';
import { arrayPage, limitIn, offsetIn, pageFields } from './paging.ts';
import { ARRAY_PAGE, JOBS_PAGE, SAVED_JOBS } from './refusals.ts';
import { cancelled } from './run-course.ts';
import { fieldsIn } from './task-work.ts';
import type { JobWorld } from './world.ts';

export interface Jobs extends JobWorld {
  readonly engine: JobEngine;
}

export function jobRoutes(jobs: Jobs): Route[] {
  const { store, workspace } = jobs;
  const pages = createPages<number>(workspace.emptyPageEvery);
  const route = (method: Route['method'], verb: string, serve: Route['serve'], limit: LimitName = 'jobs'): Route => {
    return { method, path: `/api/2.2/jobs/${verb}`, limit, serve };
  };
  return [
    route('GET', 'list', ({ query }) => {
      const ids = () => listed(query, store.jobs());
      const page = pages.take(query, { size: limitIn(query, JOBS_PAGE), offset: offsetIn(query, JOBS_PAGE), ids });
      const found = page.taken.flatMap((id) => store.findJob(id) ?? []);
      return {
        // Like an empty list, an empty page has no `jobs` at all.
        ...(found.length > 0 && { jobs: found.map((job) => listedJob(job, query.get('expand_tasks') === 'true')) }),
        ...pageFields(page),
      };
    }),
    route('GET', 'get', ({ query }) => oneJob(store.job(query.get('job_id')), query.get('page_token'))),
    route('POST', 'create', ({ body }) => create(body, jobs), 'jobsCreate'),
    route('POST', 'update', ({ body }) => {
      const job = store.job(body.job_id);
      change(job, updated(job.settings, fieldsIn(body, 'new_settings'), body.fields_to_remove), jobs);
      return {};
    }),
    route('POST', 'reset', ({ body }) => {
      if (body.new_settings === undefined) throw invalid('Missing required field: new_settings');
      change(store.job(body.job_id), settingsOf(fieldsIn(body, 'new_settings')), jobs);
      return {};
    }),
    route('POST', 'delete', ({ body }) => remove(body.job_id, jobs)),
  ];
}

function create(body: Fields, { store, workspace }: Jobs): unknown {
  if (store.jobs().length >= SAVED_JOBS) {
    throw refusal(
      400,
      'QUOTA_EXCEEDED',
      `The quota for the number of jobs has been reached. The current quota is ${SAVED_JOBS}.`,
    );
  }
  const { caller, clock } = workspace;
  const settings = checkSettings({ name: 'Untitled', ...settingsOf(body) });
  const job = { id: newId(), creator: caller.userName, createdAt: clock.now(), settings, orders: [] };
  return { job_id: store.putJob(job).id };
}

/** Applies to future runs; of an active one only the time limit changes. [doc: UpdateJob.new_settings] */
function change(job: Job, settings: Fields, { store }: Jobs): void {
  store.putJob({ ...job, settings: checkSettings(settings) });
  const { timeout_seconds } = settings;
  if (timeout_seconds === job.settings.timeout_seconds) return;
  for (const run of store.activeRuns().filter(({ jobId }) => jobId === job.id)) {
    store.putRun({ ...run, settings: { ...run.settings, timeout_seconds } });
  }
}

function remove(id: unknown, { store, workspace }: Jobs): unknown {
  const job = store.job(id);
  store.removeJob(job.id);
  const cancel = { at: workspace.clock.now(), because: 'user' } as const;
  for (const run of store.activeRuns()) if (run.jobId === job.id && isActive(run)) store.putRun(cancelled(run, cancel));
  return {};
}

/** The newest first. */
function listed(query: URLSearchParams, jobs: Job[]): number[] {
  const name = query.get('name')?.toLowerCase();
  const found = jobs.filter((job) => name === undefined || String(job.settings.name).toLowerCase() === name);
  return found.toSorted((a, b) => b.createdAt - a.createdAt).map(({ id }) => id);
}

function listedJob(job: Job, isExpanded: boolean): Fields {
  const { tasks: _tasks, job_clusters: _clusters, ...settings } = job.settings;
  if (!isExpanded) return { ...view(job), settings };
  const { part, next } = arrayPage(tasksOf(job.settings), undefined, ARRAY_PAGE);
  return { ...view(job), settings: { ...job.settings, tasks: part }, has_more: next !== undefined };
}

function oneJob(job: Job, token: string | null): Fields {
  const { part, next } = arrayPage(tasksOf(job.settings), token, ARRAY_PAGE);
  const settings = { ...job.settings, ...(part.length > 0 && { tasks: part }) };
  const more = next === undefined ? {} : { next_page_token: next, has_more: true };
  return { ...view(job), run_as_user_name: job.creator, settings, ...more };
}

function view({ id, creator, createdAt }: Job): Fields {
  return { job_id: id, creator_user_name: creator, created_time: createdAt };
}
