// What a dry run is asked about, in the words of its query: a component that the estate can have, and what is taken to have happened to it.
import { Refused } from '../domain/errors.ts';
import type { Estate } from '../domain/estate/estate.ts';
import { findComponents, regionsOf, workspacesOf } from '../domain/estate/lookup.ts';
import { isClusterId, isWarehouseId } from '../domain/ids.ts';
import { type DryRunKind, type DryRunQuery, dryRunKinds } from '../domain/playbooks/orders.ts';
import type { PlanQuestion } from './plan-remedies.ts';

/** Throws `Refused` when the estate has no such place. */
export function planQuestionOf(estate: Estate, query: DryRunQuery): PlanQuestion {
  const { clusterId, kind = 'cluster', id = clusterId ?? '', code, event } = query;
  const workspace = kind === 'region' ? null : (query.workspace ?? findComponents(estate, kind, id)[0]?.workspace.name);
  if (workspace === undefined || !isKnown(estate, workspace) || !canBe(estate, kind, id)) throw nowhere();
  const place = { kind, id, workspace };
  if (event !== undefined) return { ...place, event };
  return code === undefined ? { ...place, ...dryRunKinds[kind] } : { ...place, code };
}

/** The workspace that a run is asked about in. Throws `Refused` when the estate does not have it. */
export function workspaceOfRun(estate: Estate, { workspace }: DryRunQuery): string {
  if (workspace === undefined || !isKnown(estate, workspace)) throw nowhere();
  return workspace;
}

function isKnown(estate: Estate, workspace: string | null): boolean {
  return workspace === null || workspacesOf(estate).some((place) => place.workspace.name === workspace);
}

function canBe(estate: Estate, kind: DryRunKind, id: string): boolean {
  switch (kind) {
    case 'cluster':
      return isClusterId(id);
    case 'warehouse':
      return isWarehouseId(id);
    case 'notebook':
      return id.startsWith('/');
    case 'region':
      return regionsOf(estate).includes(id);
  }
}

function nowhere(): Refused {
  return new Refused(
    'not-found',
    'Name a clusterId, a runId, or a kind and an id, and a workspace of the estate with ?workspace= (what is listed needs none).',
  );
}
