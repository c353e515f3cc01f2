// Permissions API 2.0: an access list per object, kept under the object's id, so that it is lost with the id. PATCH merges, and a
// PATCH whose body got lost (the SDK 0.17.0 sends none) is answered 200 with nothing done, which is why nobody notices.
import { z } from 'zod';
import type { Answer, Request } from '../simulator/http-server.ts';
import { checkOwner, type Entry, merged, readKept, readList, shown } from './access-list.ts';
import { PERMISSION_KINDS, type PermissionKind, type PermissionWorld } from './permission-kinds.ts';
import type { Route } from './router.ts';
import { readSimBody } from './sim-body.ts';

export interface Permissions {
  readonly routes: Route[];
  /** `/_sim/permissions/{kind}/{id}`: shows a list, and sets one as somebody else would. */
  control(request: Request): Answer | undefined;
}

const KEPT = 'permissions/';
const controlSchema = z.strictObject({ access_control_list: z.array(z.unknown()) });

export function createPermissions(world: PermissionWorld): Permissions {
  const { kept } = world.workspace;
  const lists = new Map(kept.under(KEPT).map(([name, list]) => [name, readKept(list)]));

  function entries(kind: PermissionKind, id: string): Entry[] {
    const creator = kind.creatorOf(id, 'see', world);
    const level = kind.owner ?? kind.levels.at(-1) ?? '';
    return lists.get(`${kind.path}/${id}`) ?? [{ principal: 'user_name', name: creator, level }];
  }

  function answer(kind: PermissionKind, id: string): unknown {
    const own = entries(kind, id).map((entry) => shown(entry));
    const admins = shown({ principal: 'group_name', name: 'admins', level: 'CAN_MANAGE' }, `/${kind.path}/`);
    return { object_id: `/${kind.path}/${id}`, object_type: kind.type, access_control_list: [...own, admins] };
  }

  function set(kind: PermissionKind, id: string, list: Entry[]): unknown {
    const checked = checkOwner(list, kind);
    lists.set(`${kind.path}/${id}`, checked);
    kept.set(`${KEPT}${kind.path}/${id}`, checked);
    return answer(kind, id);
  }

  function routesOf(kind: PermissionKind): Route[] {
    const path = `/api/2.0/permissions/${kind.path}/{id}`;
    const change = (method: 'PUT' | 'PATCH', merge: (old: Entry[], given: Entry[]) => Entry[]): Route => ({
      method,
      path,
      limit: 'permissions',
      serve({ params: { id = '' }, body }) {
        kind.creatorOf(id, 'change', world);
        return set(kind, id, merge(entries(kind, id), readList(body.access_control_list, kind)));
      },
    });
    return [
      { method: 'GET', path, limit: 'permissions', serve: ({ params }) => answer(kind, params.id ?? '') },
      change('PUT', (_old, given) => given),
      change('PATCH', merged),
    ];
  }

  function control({ method, url, body }: Request): Answer | undefined {
    const [, , area, path, id = ''] = url.pathname.split('/');
    const kind = area === 'permissions' ? PERMISSION_KINDS.find((candidate) => candidate.path === path) : undefined;
    if (!kind || id === '') return undefined;
    if (method === 'GET') return { status: 200, body: answer(kind, id) };
    if (method !== 'PUT') return undefined;
    const { access_control_list: list } = readSimBody(controlSchema, body);
    return { status: 200, body: set(kind, id, readList(list, kind)) };
  }

  return { routes: PERMISSION_KINDS.flatMap(routesOf), control };
}
