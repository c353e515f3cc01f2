// Notebooks that stand in a workspace from the start, and `/_sim/objects`: what others do to them behind the API's back.
import { z } from 'zod';
import type { Answer, Request } from '../../simulator/http-server.ts';
import { readSimBody } from '../sim-body.ts';
import type { WorkspaceState } from '../state.ts';
import type { FileStore, WorkspaceObject } from './file-store.ts';
import { parentOf } from './file-store.ts';
import { fresh, makeFolders, view } from './files-api.ts';
import { LANGUAGES, type NotebookLanguage } from './notebook-source.ts';
import { ROOT_FOLDERS } from './refusals.ts';

export interface NotebookSeed {
  readonly path: string;
  readonly source: string;
  /** PYTHON where it is missing. */
  readonly language?: NotebookLanguage;
}

const SEEDED = 'objects-seeded/';
const notebookSchema = z.strictObject({ source: z.string(), language: z.enum(LANGUAGES).optional() });
const moveSchema = z.strictObject({ to: z.string().startsWith('/') });

/** Each notebook once in the life of a workspace: what somebody deleted stays deleted over a restart. */
export function seedFiles(
  seeds: readonly NotebookSeed[],
  creator: string,
  state: WorkspaceState,
  files: FileStore,
): void {
  const workspace = { ...state, caller: { userName: creator, displayName: creator } };
  for (const path of ROOT_FOLDERS) makeFolders(path, workspace, files);
  const seeded = new Set(workspace.kept.under(SEEDED).map(([path]) => path));
  for (const seed of seeds.filter(({ path }) => !seeded.has(path))) {
    putNotebook(seed, workspace, files);
    workspace.kept.set(SEEDED + seed.path, true);
  }
}

/** `/_sim/objects/<path>`: GET, PUT `{source, language?}`, DELETE, and POST `{to}`, which moves. */
export function fileControl(workspace: WorkspaceState, files: FileStore): (request: Request) => Answer | undefined {
  return ({ method, url, body }) => {
    const [, area, encoded = ''] = /^\/_sim\/(objects)(\/.*)?$/.exec(url.pathname) ?? [];
    if (area === undefined) return undefined;
    const path = decodeURIComponent(encoded);
    if (method === 'PUT') return ok(putNotebook({ path, ...readSimBody(notebookSchema, body) }, workspace, files));
    const object = files.find(path || '/');
    if (!object) return { status: 404, body: { error: `there is nothing at ${path}` } };
    switch (method) {
      case 'GET':
        return ok(object);
      case 'DELETE':
        files.remove(object);
        return { status: 204 };
      case 'POST':
        return ok(move(object, readSimBody(moveSchema, body).to, workspace, files));
      default:
        return undefined;
    }
  };
}

function putNotebook(
  seed: z.output<typeof notebookSchema> & { path: string },
  workspace: WorkspaceState,
  files: FileStore,
) {
  const { path, source, language = 'PYTHON' } = seed;
  const there = files.find(path);
  if (there && there.type !== 'NOTEBOOK') throw new Error(`${path} is no notebook`);
  if (there) return view(files.put({ ...there, source, language, modifiedAt: Math.round(workspace.clock.now()) }));
  makeFolders(parentOf(path), workspace, files);
  return view(files.put({ ...fresh(path, workspace, files), type: 'NOTEBOOK', source, language }));
}

function move(object: WorkspaceObject, to: string, workspace: WorkspaceState, files: FileStore): unknown {
  if (files.find(to)) throw new Error(`${to} exists already`);
  makeFolders(parentOf(to), workspace, files);
  files.move(object, to);
  return files.find(to);
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}
