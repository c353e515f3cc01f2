// `/_sim/workspaces/{name}`: what a person of the organisation does to a workspace (lock it, take rights away, set a policy, let
// resources depend on each other), and what only the simulator knows of runs: the logs with the reasons.
import { z } from 'zod';
import type { Answer, Request } from '../simulator/http-server.ts';
import type { Engine } from './engine.ts';
import { ACCESSES, POLICIES, type Store, type Workspace } from './store.ts';

const changeSchema = z.strictObject({
  locked: z.boolean().optional(),
  access: z.enum(ACCESSES).optional(),
  policy: z.enum(POLICIES).optional(),
  autoApply: z.boolean().optional(),
  failPlans: z.int().nonnegative().optional(),
  failApplies: z.int().nonnegative().optional(),
  /** Address -> addresses that it depends on. */
  dependsOn: z.record(z.string(), z.array(z.string())).optional(),
});

export function workspaceControl(store: Store, engine: Engine): (request: Request) => Answer | undefined {
  return (request) => {
    const [, , area, name = ''] = request.url.pathname.split('/');
    if (area !== 'workspaces') return undefined;
    if (name === '' && request.method === 'GET')
      return { status: 200, body: store.workspaces().map((one) => everything(store, one)) };
    const workspace = store.workspaces().find((each) => each.name === decodeURIComponent(name));
    if (!workspace) return { status: 404, body: { error: `there is no workspace ${name}` } };
    if (request.method === 'PATCH') change(store, workspace, request.body);
    else if (request.method !== 'GET') return undefined;
    engine.admit(workspace.id);
    return { status: 200, body: everything(store, store.workspace(workspace.id) ?? workspace) };
  };
}

function change(store: Store, workspace: Workspace, body: unknown): void {
  const parsed = changeSchema.safeParse(body);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { dependsOn = {}, ...rest } = parsed.data;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  store.putWorkspace({
    ...workspace,
    conduct: { ...workspace.conduct, ...given },
    resources: workspace.resources.map((each) => ({ ...each, dependsOn: dependsOn[each.address] ?? each.dependsOn })),
  });
}

function everything(store: Store, workspace: Workspace): Record<string, unknown> {
  const { databricks: _secret, ...rest } = workspace;
  return { ...rest, runs: store.runsOf(workspace.id) };
}
