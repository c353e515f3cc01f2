// Workspaces, runs, plans, applies and outputs of the simulated HCP Terraform: what each call answers, and what it refuses.
import { z } from 'zod';
import type { Clock } from '../simulator/clock.ts';
import type { Answer } from '../simulator/http-server.ts';
import type { Engine } from './engine.ts';
import { type ApiCall, invalid, MEDIA_TYPE, notFound, page, Refusal, type Route } from './json-api.ts';
import { FORCE_CANCEL_SECONDS, PAGE } from './refusals.ts';
import { hasEnded, isCancelable, isConfirmable, isDiscardable, phaseView, type Run, runIdOf, viewOf } from './run.ts';
import { newRunId, type Store, type Workspace } from './store.ts';

export interface ApiPorts {
  readonly store: Store;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly timeScale: number;
}

const ADDRESS = /^[A-Za-z_][\w-]*(\[[^\]]+\])?(\.[A-Za-z_][\w-]*(\[[^\]]+\])?)*$/;
const NOT_SIMULATED = ['replace-addrs', 'refresh-only', 'save-plan', 'invoke-action-addrs', 'terraform-version'];

const createSchema = z.object({
  data: z.object({
    type: z.literal('runs'),
    attributes: z
      .looseObject({
        message: z.string().default('Queued manually via the Terraform Enterprise API'),
        'auto-apply': z.boolean().optional(),
        'plan-only': z.boolean().default(false),
        'is-destroy': z.boolean().default(false),
        refresh: z.boolean().default(true),
        'target-addrs': z.array(z.string().regex(ADDRESS)).nullish(),
        variables: z.array(z.object({ key: z.string().min(1), value: z.string() })).default([]),
      })
      .prefault({}),
    relationships: z.object({
      workspace: z.object({ data: z.object({ type: z.literal('workspaces'), id: z.string() }) }),
    }),
  }),
});

export function runRoutes(ports: ApiPorts): Route[] {
  const { store } = ports;
  const seen = ({ params }: ApiCall): Workspace => visible(store.workspace(params.workspace ?? ''));
  const run = ({ params }: ApiCall): Run => runIn(ports, params.run ?? '');
  return [
    {
      method: 'GET',
      path: '/organizations/{organization}/workspaces/{name}',
      serve: ({ params: { organization = '', name = '' } }) =>
        ok(workspaceView(ports, visible(store.named(decodeURIComponent(organization), decodeURIComponent(name))))),
    },
    { method: 'GET', path: '/workspaces/{workspace}', serve: (call) => ok(workspaceView(ports, seen(call))) },
    {
      method: 'GET',
      path: '/workspaces/{workspace}/runs',
      limit: 'listRuns',
      serve: (call) => listRuns(ports, seen(call), call),
    },
    {
      method: 'GET',
      path: '/workspaces/{workspace}/current-state-version-outputs',
      serve: (call) => ({ status: 200, body: { data: outputsOf(seen(call)) } }),
    },
    { method: 'POST', path: '/runs', serve: (call) => create(ports, call) },
    { method: 'GET', path: '/runs/{run}', serve: (call) => ok(runView(ports, run(call))) },
    {
      method: 'POST',
      path: '/runs/{run}/actions/{action}',
      serve: (call) => act(ports, run(call), call.params.action ?? ''),
    },
    {
      method: 'GET',
      path: '/plans/{phase}',
      serve: ({ params }) => ok(phaseView(runIn(ports, runIdOf(params.phase ?? '')), 'plans')),
    },
    {
      method: 'GET',
      path: '/applies/{phase}',
      serve: ({ params }) => ok(phaseView(runIn(ports, runIdOf(params.phase ?? '')), 'applies')),
    },
  ];
}

function ok(data: unknown): Answer {
  return { status: 200, body: { data } };
}

function visible(workspace: Workspace | undefined): Workspace {
  if (!workspace || workspace.conduct.access === 'none') throw notFound();
  return workspace;
}

function runIn({ store }: ApiPorts, id: string): Run {
  const run = store.run(id);
  if (!run) throw notFound();
  visible(store.workspace(run.workspaceId));
  return run;
}

function create(ports: ApiPorts, { request }: ApiCall): Answer {
  const { store, engine, clock } = ports;
  if (!request.headers['content-type']?.startsWith(MEDIA_TYPE)) throw new Refusal(415, 'unsupported media type');
  const parsed = createSchema.safeParse(request.body);
  if (!parsed.success) throw invalid('invalid attribute', z.prettifyError(parsed.error));
  const { attributes, relationships } = parsed.data.data;
  const workspace = visible(store.workspace(relationships.workspace.data.id));
  if (workspace.conduct.access === 'read') throw notFound();
  if (attributes['is-destroy']) throw invalid('invalid attribute', 'This workspace does not allow destroy plans.');
  const other = NOT_SIMULATED.find((name) => isGiven(attributes[name]));
  if (other !== undefined) throw invalid('invalid attribute', `${other} is not simulated here.`);
  const run = store.putRun({
    id: newRunId(),
    workspaceId: workspace.id,
    message: attributes.message,
    createdAt: clock.now(),
    autoApply: attributes['auto-apply'] ?? workspace.conduct.autoApply,
    planOnly: attributes['plan-only'],
    refresh: attributes.refresh,
    targets: attributes['target-addrs'] ?? null,
    variables: attributes.variables,
    status: 'pending',
    since: {},
  });
  const answer = { status: 201, body: { data: runView(ports, run) } };
  engine.admit(workspace.id);
  return answer;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
}

function listRuns(ports: ApiPorts, { id }: Workspace, call: ApiCall): Answer {
  const text = call.query.get('search[basic]')?.toLowerCase() ?? '';
  const statuses = call.query.get('filter[status]')?.split(',');
  const runs = ports.store
    .runsOf(id)
    .filter((run) => !statuses || statuses.includes(run.status))
    .filter((run) => run.id.toLowerCase() === text || run.message.toLowerCase().includes(text))
    .filter(({ planOnly }) => !planOnly)
    .toReversed();
  return page(runs, call, PAGE, (run) => runView(ports, run));
}

function act(ports: ApiPorts, run: Run, action: string): Answer {
  const { engine, store, clock } = ports;
  const access = store.workspace(run.workspaceId)?.conduct.access;
  // What the token may not do looks like what is not there.
  if (access === 'read' || (access === 'plan' && action !== 'discard' && action !== 'cancel')) throw notFound();
  switch (action) {
    case 'apply':
      allow(isConfirmable(run));
      engine.confirm(run);
      break;
    case 'discard':
      allow(isDiscardable(run));
      engine.end(run, 'discarded');
      break;
    case 'cancel':
      allow(isCancelable(run));
      engine.cancel(run);
      break;
    case 'force-cancel': {
      const from = forceCancelFrom(ports, run);
      allow(from !== undefined && clock.now() >= from && !hasEnded(run));
      engine.end(run, 'force_canceled');
      break;
    }
    default:
      throw notFound();
  }
  return { status: 202 };
}

function allow(isAllowed: boolean): void {
  if (!isAllowed) throw new Refusal(409, 'transition not allowed');
}

function runView(ports: ApiPorts, run: Run): Record<string, unknown> {
  const mayApply = ports.store.workspace(run.workspaceId)?.conduct.access === 'apply';
  return viewOf(run, { mayApply, forceCancelFrom: forceCancelFrom(ports, run), now: ports.clock.now() });
}

function forceCancelFrom({ timeScale }: ApiPorts, { cancelRequestedAt }: Run): number | undefined {
  return cancelRequestedAt === undefined ? undefined : cancelRequestedAt + (FORCE_CANCEL_SECONDS * 1000) / timeScale;
}

function workspaceView({ store }: ApiPorts, workspace: Workspace): Record<string, unknown> {
  const { id, name, organization, conduct, resources } = workspace;
  const current = store.runsOf(id).findLast(({ planOnly }) => !planOnly);
  return {
    id,
    type: 'workspaces',
    attributes: {
      name,
      locked: conduct.locked,
      'auto-apply': conduct.autoApply,
      'allow-destroy-plan': false,
      'resource-count': resources.filter(({ id: known }) => known !== undefined).length,
      permissions: { 'can-queue-run': conduct.access !== 'read', 'can-queue-apply': conduct.access === 'apply' },
    },
    relationships: {
      organization: { data: { id: organization, type: 'organizations' } },
      'current-run': { data: current ? { id: current.id, type: 'runs' } : null },
    },
  };
}

/** `<resource>_id` of everything that the state has. [guess: an apply with targets keeps outputs whose resources it took] */
function outputsOf({ resources }: Workspace): unknown[] {
  return resources.flatMap(({ address, id }) => {
    if (id === undefined) return [];
    const name = `${address.split('.').at(-1)}_id`;
    return [
      {
        id: `wsout-${name}`,
        type: 'state-version-outputs',
        attributes: { name, sensitive: false, type: 'string', value: id },
      },
    ];
  });
}
