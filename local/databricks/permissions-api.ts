// Permissions API 2.0 for clusters: an access list per cluster, kept as it is set. PATCH merges, and a PATCH whose body got lost
// (the SDK 0.17.0 sends none) is answered 200 with nothing done, which is why nobody notices.
import { invalid } from './errors.ts';
import type { ApiCall, Route } from './router.ts';
import { demand, type WorkspaceState } from './state.ts';

interface Entry {
  readonly name: string;
  readonly principal: 'user_name' | 'group_name' | 'service_principal_name';
  readonly level: string;
}

const LEVELS = ['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'];
const KEPT = 'permissions/';
const PRINCIPALS = ['user_name', 'group_name', 'service_principal_name'] as const;

export function permissionRoutes(workspace: WorkspaceState): Route[] {
  const { kept } = workspace;
  const lists = new Map(kept.under(KEPT).map(([id, list]) => [id, readKept(list)]));

  function entries(id: string): Entry[] {
    const cluster = demand(workspace.clusters.get(id), 'CAN_ATTACH_TO', workspace.caller);
    return lists.get(id) ?? [{ principal: 'user_name', name: cluster.creator, level: 'CAN_MANAGE' }];
  }

  function answer(id: string): unknown {
    const own = entries(id).map((entry) => shown(entry, false));
    const admins = shown({ principal: 'group_name', name: 'admins', level: 'CAN_MANAGE' }, true);
    return { object_id: `/clusters/${id}`, object_type: 'cluster', access_control_list: [...own, admins] };
  }

  function change({ params, body }: ApiCall, merge: (old: Entry[], given: Entry[]) => Entry[]): unknown {
    const id = params.id ?? '';
    demand(workspace.clusters.get(id), 'CAN_MANAGE', workspace.caller);
    const list = merge(entries(id), readList(body.access_control_list));
    lists.set(id, list);
    kept.set(KEPT + id, list);
    return answer(id);
  }

  const path = '/api/2.0/permissions/clusters/{id}';
  return [
    { method: 'GET', path, limit: 'permissions', serve: ({ params }) => answer(params.id ?? '') },
    { method: 'PUT', path, limit: 'permissions', serve: (call) => change(call, (_old, given) => given) },
    { method: 'PATCH', path, limit: 'permissions', serve: (call) => change(call, merged) },
  ];
}

function readKept(list: unknown): Entry[] {
  return Array.isArray(list) ? list.filter(isEntry) : [];
}

function isEntry(value: unknown): value is Entry {
  const { principal, level } = Object(value);
  return PRINCIPALS.includes(principal) && LEVELS.includes(level);
}

function merged(old: Entry[], given: Entry[]): Entry[] {
  const isGiven = (entry: Entry) =>
    given.some(({ name, principal }) => name === entry.name && principal === entry.principal);
  return [...old.filter((entry) => !isGiven(entry)), ...given];
}

function shown({ principal, name, level }: Entry, inherited: boolean): unknown {
  const from = inherited ? { inherited_from_object: ['/clusters/'] } : {};
  return { [principal]: name, all_permissions: [{ permission_level: level, inherited, ...from }] };
}

function readList(list: unknown): Entry[] {
  return Array.isArray(list) ? list.map(readEntry) : [];
}

function readEntry(entry: unknown): Entry {
  const fields: Record<string, unknown> = typeof entry === 'object' && entry !== null ? { ...entry } : {};
  const principal = PRINCIPALS.find((kind) => typeof fields[kind] === 'string');
  const level = String(fields.permission_level);
  if (!principal) throw invalid('An access control entry needs user_name, group_name or service_principal_name.');
  if (!LEVELS.includes(level)) throw invalid(`Invalid permission level for a cluster: ${level}`);
  return { principal, name: String(fields[principal]), level };
}
