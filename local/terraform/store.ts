// What the simulated HCP Terraform holds: workspaces with configuration and state, and their runs, oldest first.
import { randomBytes } from 'node:crypto';
import type { KeptMap } from '../durable/kept-map.ts';
import type { Clock } from '../simulator/clock.ts';
import { RUNS_KEPT } from './refusals.ts';
import { hasEnded, moved, type Run, type RunStatus } from './run.ts';

export type ResourceType = 'databricks_cluster' | 'databricks_sql_endpoint' | 'databricks_notebook';

/** One resource block of the configuration, and what the state says of it. */
export interface Resource {
  readonly address: string;
  readonly type: ResourceType;
  /** In the fields of the Databricks API. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
  /** Absent: the state has none. */
  readonly id?: string;
  /** An apply was cut off while it made it: to be replaced. */
  readonly tainted?: boolean;
}

export const ACCESSES = ['none', 'read', 'plan', 'apply'] as const;
export const POLICIES = ['none', 'passes', 'soft-fails', 'hard-fails'] as const;

/** What a person of the organisation sets; changed by `/_sim/workspaces/{name}`. */
export interface Conduct {
  readonly locked: boolean;
  /** What our token may do here. */
  readonly access: (typeof ACCESSES)[number];
  readonly policy: (typeof POLICIES)[number];
  readonly autoApply: boolean;
  /** So many of the next plans or applies fail with an error of the provider. */
  readonly failPlans: number;
  readonly failApplies: number;
}

export interface Workspace {
  readonly id: string;
  readonly organization: string;
  readonly name: string;
  /** Where its Databricks provider goes. */
  readonly databricks: { readonly url: string; readonly token: string };
  readonly conduct: Conduct;
  readonly resources: readonly Resource[];
}

export interface Store {
  workspaces(): readonly Workspace[];
  workspace(id: string): Workspace | undefined;
  named(organization: string, name: string): Workspace | undefined;
  putWorkspace(workspace: Workspace): Workspace;
  putResource(workspaceId: string, resource: Resource): void;
  run(id: string): Run | undefined;
  runsOf(workspaceId: string): readonly Run[];
  putRun(run: Run): Run;
  /** The run as it stands, in its new status. */
  move(id: string, status: RunStatus, more?: Partial<Run>): Run;
  flush(): void;
}

export const CONDUCT: Conduct = {
  locked: false,
  access: 'apply',
  policy: 'none',
  autoApply: false,
  failPlans: 0,
  failApplies: 0,
};

const RUN = 'run/';
const WORKSPACE = 'workspace/';

/** What was kept of workspaces counts, but not where their Databricks is: that may have moved. */
export function createStore(clock: Clock, kept: KeptMap): Store {
  const workspaces = new Map<string, Workspace>();
  const runs = new Map<string, Run>(kept.under(RUN).flatMap(([id, run]) => (isRun(run) ? [[id, run] as const] : [])));

  function putWorkspace(workspace: Workspace): Workspace {
    workspaces.set(workspace.id, workspace);
    const { databricks: _where, ...rest } = workspace;
    kept.set(WORKSPACE + workspace.id, rest);
    return workspace;
  }
  function putRun(run: Run): Run {
    runs.set(run.id, run);
    kept.set(RUN + run.id, run);
    return run;
  }
  function runsOf(workspaceId: string): readonly Run[] {
    return [...runs.values()].filter((run) => run.workspaceId === workspaceId);
  }
  return {
    workspaces: () => [...workspaces.values()],
    workspace: (id) => workspaces.get(id),
    named: (organization, name) =>
      [...workspaces.values()].find((each) => each.organization === organization && each.name === name),
    putWorkspace,
    putResource(workspaceId, resource) {
      const workspace = workspaces.get(workspaceId);
      if (!workspace) throw new Error(`no workspace ${workspaceId}`);
      const resources = workspace.resources.map((each) => (each.address === resource.address ? resource : each));
      putWorkspace({ ...workspace, resources });
    },
    run: (id) => runs.get(id),
    runsOf,
    putRun(run) {
      const old = runsOf(run.workspaceId).filter(hasEnded).slice(0, -RUNS_KEPT);
      for (const { id } of old) {
        runs.delete(id);
        kept.delete(RUN + id);
      }
      return putRun(run);
    },
    move(id, status, more) {
      const run = runs.get(id);
      if (!run) throw new Error(`no run ${id}`);
      return putRun(moved(run, status, clock.now(), more));
    },
    flush: () => kept.flush(),
  };
}

/** What an earlier process kept of a workspace. */
export function keptWorkspace(kept: KeptMap, id: string): Pick<Workspace, 'conduct' | 'resources'> | undefined {
  const value = kept.under(WORKSPACE).find(([name]) => name === id)?.[1];
  return isKeptWorkspace(value) ? { conduct: value.conduct, resources: value.resources } : undefined;
}

/** `run-` and sixteen letters or digits, as the service makes them. */
export function newRunId(): string {
  const letters = randomBytes(24)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '');
  return `run-${letters.slice(0, 16).padEnd(16, 'x')}`;
}

function isRun(value: unknown): value is Run {
  return typeof value === 'object' && value !== null && 'workspaceId' in value && 'status' in value && 'since' in value;
}

function isKeptWorkspace(value: unknown): value is Omit<Workspace, 'databricks'> {
  return typeof value === 'object' && value !== null && 'conduct' in value && 'resources' in value;
}
