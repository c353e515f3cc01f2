// Pipelines API 2.0, as far as it takes to say whose a pipeline's cluster is and how its updates went. Nothing runs here by itself:
// a test says by `PUT /_sim/pipelines/{id}` what state a pipeline and its updates are in.
import { z } from 'zod';
import type { Answer, Request } from '../simulator/http-server.ts';
import { invalid, refusal } from './errors.ts';
import { pageSize, type Route } from './router.ts';
import { readSimBody } from './sim-body.ts';
import type { WorkspaceState } from './state.ts';

const STATES = [
  'DEPLOYING',
  'STARTING',
  'RUNNING',
  'STOPPING',
  'RECOVERING',
  'RESETTING',
  'IDLE',
  'FAILED',
  'DELETED',
] as const;
const UPDATE_STATES = [
  'QUEUED',
  'CREATED',
  'WAITING_FOR_RESOURCES',
  'INITIALIZING',
  'RESETTING',
  'SETTING_UP_TABLES',
  'RUNNING',
  'STOPPING',
  'COMPLETED',
  'FAILED',
  'CANCELED',
] as const;
const pipelineSchema = z.strictObject({
  name: z.string(),
  state: z.enum(STATES).default('IDLE'),
  health: z.enum(['HEALTHY', 'UNHEALTHY']).default('HEALTHY'),
  /** Of the update that runs; there is none while it is idle. */
  cluster_id: z.string().optional(),
  creator_user_name: z.string().optional(),
  cause: z.string().optional(),
  spec: z.record(z.string(), z.unknown()).default({ continuous: false, development: false }),
  /** Newest first. */
  updates: z
    .array(
      z.strictObject({
        update_id: z.string(),
        state: z.enum(UPDATE_STATES),
        creation_time: z.number(),
        cluster_id: z.string().optional(),
        cause: z.string().optional(),
      }),
    )
    .default([]),
});

export type PipelineSeed = z.input<typeof pipelineSchema> & { readonly pipeline_id: string };
type Pipeline = z.output<typeof pipelineSchema>;

export interface Pipelines {
  readonly routes: Route[];
  control(request: Request): Answer | undefined;
}

const KEPT = 'pipeline/';
/** [doc] "The maximum number of entries to return in a single page": 25 by default, 100 at most. */
const PAGE = { default: 25, max: 100 };
/** [doc: PipelineStateInfo.latest_updates] */
const LATEST_UPDATES = 5;

export function createPipelines(workspace: WorkspaceState, seeds: readonly PipelineSeed[]): Pipelines {
  const { kept } = workspace;
  const pipelines = new Map<string, Pipeline>();
  for (const { pipeline_id: id, ...seed } of seeds) pipelines.set(id, pipelineSchema.parse(seed));
  for (const [id, value] of kept.under(KEPT)) {
    const parsed = pipelineSchema.safeParse(value);
    if (parsed.success) pipelines.set(id, parsed.data);
    else pipelines.delete(id);
  }

  function get(id = ''): Pipeline {
    const pipeline = pipelines.get(id);
    if (!pipeline) throw refusal(404, 'RESOURCE_DOES_NOT_EXIST', `The specified pipeline ${id} was not found.`);
    return pipeline;
  }

  function control({ method, url, body }: Request): Answer | undefined {
    const [, , area, id = ''] = url.pathname.split('/');
    if (area !== 'pipelines' || id === '') return undefined;
    if (method === 'PUT') {
      const pipeline = readSimBody(pipelineSchema, body);
      pipelines.set(id, pipeline);
      kept.set(KEPT + id, pipeline);
      return { status: 200, body: view(id, pipeline) };
    }
    if (method !== 'DELETE') return undefined;
    pipelines.delete(id);
    // Remembered as gone: a start must not seed it anew.
    kept.set(KEPT + id, null);
    return { status: 204 };
  }

  const route = (path: string, serve: Route['serve']): Route => {
    return { method: 'GET', path: `/api/2.0/pipelines${path}`, limit: 'pipelines', serve };
  };
  const routes = [
    route('', ({ query }) => list(query, pipelines)),
    route('/{id}', ({ params: { id = '' } }) => view(id, get(id))),
    route('/{id}/updates', ({ params: { id = '' }, query }) => {
      const { part, next } = page(get(id).updates, query);
      return {
        updates: part.map((update) => ({ pipeline_id: id, ...update })),
        ...(next && { next_page_token: next }),
      };
    }),
    route('/{id}/updates/{update}', ({ params: { id = '', update: wanted = '' } }) => {
      const update = get(id).updates.find(({ update_id: candidate }) => candidate === wanted);
      if (!update) throw refusal(404, 'RESOURCE_DOES_NOT_EXIST', `The specified update ${wanted} was not found.`);
      return { update: { pipeline_id: id, ...update } };
    }),
  ];
  return { routes, control };
}

function list(query: URLSearchParams, pipelines: ReadonlyMap<string, Pipeline>): unknown {
  const { part, next } = page([...pipelines], query);
  const statuses = part.map(([id, pipeline]) => {
    const { spec: _spec, ...status } = view(id, pipeline);
    return status;
  });
  return { ...(statuses.length > 0 && { statuses }), ...(next && { next_page_token: next }) };
}

function page<T>(all: readonly T[], query: URLSearchParams): { part: T[]; next: string | undefined } {
  const from = Number(query.get('page_token') ?? 0);
  const asked = query.get('max_results');
  // [doc] "An error is returned if the value of max_results is greater than 100."
  if (Number(asked) > PAGE.max) throw invalid(`max_results must not be greater than ${PAGE.max}.`);
  const end = from + pageSize(asked, PAGE);
  return { part: all.slice(from, end), next: end < all.length ? String(end) : undefined };
}

function view(id: string, pipeline: Pipeline): Record<string, unknown> {
  const { updates, ...rest } = pipeline;
  const latest = updates.slice(0, LATEST_UPDATES).map(({ update_id, state, creation_time }) => {
    return { update_id, state, creation_time: new Date(creation_time).toISOString() };
  });
  return { pipeline_id: id, ...rest, ...(latest.length > 0 && { latest_updates: latest }) };
}
