// The workspace's tree of notebooks, files and folders. An object keeps its id when it is overwritten or moved, and gets a new one
// when it is deleted and imported again: what hangs on the id, its permissions above all, is lost with it.
import type { KeptMap } from '../../durable/kept-map.ts';
import type { NotebookLanguage } from './notebook-source.ts';

interface Entry {
  readonly id: number;
  readonly path: string;
  readonly creator: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export type Directory = Entry & { readonly type: 'DIRECTORY' };
export type Notebook = Entry & {
  readonly type: 'NOTEBOOK';
  readonly language: NotebookLanguage;
  readonly source: string;
};
/** Its content in base64: any bytes. */
export type PlainFile = Entry & { readonly type: 'FILE'; readonly content: string };
export type WorkspaceObject = Directory | Notebook | PlainFile;

export interface FileStore {
  find(path: string): WorkspaceObject | undefined;
  byId(id: number): WorkspaceObject | undefined;
  /** One level. */
  children(path: string): WorkspaceObject[];
  put<T extends WorkspaceObject>(object: T): T;
  /** With everything below it. */
  remove(object: WorkspaceObject): void;
  /** With everything below it, ids and all. */
  move(object: WorkspaceObject, path: string): void;
  newId(): number;
}

const KEPT = 'object/';
const COUNTER = 'objects-last-id';
/** Real ids have 10 to 16 digits, and are not in order of creation; here they are. */
const FIRST_ID = 4_294_967_296_001;

export function createFileStore(kept: KeptMap): FileStore {
  const objects = new Map<string, WorkspaceObject>();
  for (const [, value] of kept.under(KEPT)) if (isObject(value)) objects.set(value.path, value);
  // Never an id a second time, also not that of one that was deleted before a restart.
  let lastId = Number(kept.under(COUNTER)[0]?.[1] ?? FIRST_ID);

  function put<T extends WorkspaceObject>(object: T): T {
    objects.set(object.path, object);
    kept.set(KEPT + object.id, object);
    return object;
  }
  function drop(object: WorkspaceObject): void {
    objects.delete(object.path);
    kept.delete(KEPT + object.id);
  }
  const below = (path: string) => [...objects.values()].filter((object) => isBelow(object.path, path));
  return {
    find: (path) => objects.get(path),
    byId: (id) => [...objects.values()].find((object) => object.id === id),
    children: (path) => below(path).filter((object) => parentOf(object.path) === path),
    put,
    remove(object) {
      for (const gone of [...below(object.path), object]) drop(gone);
    },
    move(object, path) {
      for (const moved of [object, ...below(object.path)]) {
        drop(moved);
        put({ ...moved, path: path + moved.path.slice(object.path.length) });
      }
    },
    newId() {
      lastId += 1;
      kept.set(COUNTER, lastId);
      return lastId;
    },
  };
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function isBelow(path: string, folder: string): boolean {
  return path !== folder && path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function isObject(value: unknown): value is WorkspaceObject {
  return typeof value === 'object' && value !== null && 'id' in value && 'path' in value && 'type' in value;
}
