// What permissions can be set on: each kind of object with its path, its levels, and how one of it is found. One row per kind.
import { invalid, refusal } from './errors.ts';
import type { FileStore, WorkspaceObject } from './files/file-store.ts';
import type { JobStore } from './jobs/job-store.ts';
import { demand, type Permission, type WorkspaceState } from './state.ts';

export interface PermissionWorld {
  readonly workspace: WorkspaceState;
  readonly files: FileStore;
  readonly jobs: JobStore;
}

export interface PermissionKind {
  /** In the path: `/api/2.0/permissions/{path}/{id}`. */
  readonly path: string;
  readonly type: string;
  /** From less to more. */
  readonly levels: readonly string[];
  /** Exactly one user or service principal has this one; groups never. */
  readonly owner?: string;
  /** Refuses in the API's words if there is none, or if the caller may not; answers who made it. */
  creatorOf(id: string, may: 'see' | 'change', world: PermissionWorld): string;
}

const NOTEBOOK_LEVELS = ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'];

export const PERMISSION_KINDS: readonly PermissionKind[] = [
  {
    path: 'clusters',
    type: 'cluster',
    levels: ['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'],
    creatorOf(id, may, { workspace }) {
      const needed: Permission = may === 'see' ? 'CAN_ATTACH_TO' : 'CAN_MANAGE';
      return demand(workspace.clusters.get(id), needed, workspace.caller).creator;
    },
  },
  {
    path: 'jobs',
    type: 'job',
    levels: ['CAN_VIEW', 'CAN_MANAGE_RUN', 'IS_OWNER', 'CAN_MANAGE'],
    owner: 'IS_OWNER',
    creatorOf: (id, _may, { jobs }) => jobs.job(id).creator,
  },
  {
    path: 'notebooks',
    type: 'notebook',
    levels: NOTEBOOK_LEVELS,
    creatorOf: (id, _may, { files }) => objectOf('NOTEBOOK', id, files).creator,
  },
  {
    path: 'directories',
    type: 'directory',
    levels: NOTEBOOK_LEVELS,
    creatorOf: (id, _may, { files }) => objectOf('DIRECTORY', id, files).creator,
  },
  {
    path: 'files',
    type: 'file',
    levels: NOTEBOOK_LEVELS,
    creatorOf: (id, _may, { files }) => objectOf('FILE', id, files).creator,
  },
];

function objectOf(type: WorkspaceObject['type'], id: string, files: FileStore): WorkspaceObject {
  if (!/^\d+$/.test(id)) throw invalid(`'${id}' is not a valid object id.`);
  const object = files.byId(Number(id));
  if (object?.type === type) return object;
  throw refusal(404, 'RESOURCE_DOES_NOT_EXIST', `Node ID ${id} does not exist.`);
}
