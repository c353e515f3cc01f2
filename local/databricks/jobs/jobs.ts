// The Jobs service of one workspace, put together: what it holds, what makes it happen, its API and its control.
import type { Answer, Request } from '../../simulator/http-server.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Route } from '../router.ts';
import type { WorkspaceState } from '../state.ts';
import { createJobEngine } from './engine.ts';
import { jobControl } from './job-control.ts';
import { type JobSeed, seedJob } from './job-seed.ts';
import { createJobStore, type JobStore } from './job-store.ts';
import { jobRoutes } from './jobs-api.ts';
import { runRoutes } from './runs-api.ts';
import { createWebhooks } from './webhooks.ts';

export interface JobsService {
  readonly store: JobStore;
  readonly routes: Route[];
  control(request: Request): Answer | undefined;
  /** To be called before and after whatever may touch a job's clusters. */
  settle(): void;
  stop(): void;
}

export function createJobs(
  workspace: WorkspaceState,
  files: FileStore,
  seeds: readonly JobSeed[],
  creator: string,
): JobsService {
  const store = createJobStore(workspace.clock, workspace.kept);
  for (const seed of seeds) {
    if (store.isKnown(seed.job_id)) continue;
    const { job, runs } = seedJob(seed, creator, workspace.clock.now());
    store.putJob(job);
    for (const run of runs) store.putRun(run);
  }
  const webhooks = createWebhooks(workspace);
  const world = { workspace, files, store };
  const engine = createJobEngine(world, webhooks);
  const jobs = { ...world, engine };
  return {
    store,
    routes: [...jobRoutes(jobs), ...runRoutes(jobs)],
    control: jobControl(jobs, webhooks),
    settle: engine.settle,
    stop() {
      engine.stop();
      webhooks.stop();
    },
  };
}
