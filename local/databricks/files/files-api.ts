// Workspace API 2.0: notebooks, files and folders by path.
import { invalid, refusal } from '../errors.ts';
import type { LimitName } from '../refusals.ts';
import { type ApiCall, type Route, requiredText } from '../router.ts';
import type { WorkspaceState } from '../state.ts';
import { type Directory, type FileStore, parentOf, type WorkspaceObject } from './file-store.ts';
import {
  extensionOf,
  fromJupyter,
  isLanguage,
  languageOfFile,
  type NotebookLanguage,
  toJupyter,
} from './notebook-source.ts';
import { CONTENT_BYTES, ROOT_FOLDERS } from './refusals.ts';

type Fields = Record<string, unknown>;

/** What an import makes of its content. */
type Imported =
  | { readonly type: 'NOTEBOOK'; readonly path: string; readonly language: NotebookLanguage; readonly source: string }
  | { readonly type: 'FILE'; readonly path: string; readonly content: string };

export function fileRoutes(workspace: WorkspaceState, files: FileStore): Route[] {
  const route = (method: Route['method'], verb: string, serve: Route['serve'], limit: LimitName = 'files'): Route => {
    return { method, path: `/api/2.0/workspace/${verb}`, limit, serve };
  };
  return [
    route('GET', 'get-status', ({ query }) => view(get(pathIn(query), files))),
    route('GET', 'list', ({ query }) => list(query, files)),
    route('GET', 'export', ({ query }) => exported(query, files), 'filesExport'),
    route('POST', 'import', ({ body }) => importOne(body, workspace, files), 'filesImport'),
    route('POST', 'delete', ({ body }) => {
      remove(get(pathIn(body), files), body.recursive === true, files);
      return {};
    }),
    route('POST', 'mkdirs', ({ body }) => {
      makeFolders(pathIn(body), workspace, files);
      return {};
    }),
  ];
}

/** With all folders above it; what is there already stays. */
export function makeFolders(path: string, workspace: WorkspaceState, files: FileStore): Directory {
  const there = files.find(path);
  if (there?.type === 'DIRECTORY') return there;
  if (there) throw exists(path);
  if (path !== '/') makeFolders(parentOf(path), workspace, files);
  return files.put({ ...fresh(path, workspace, files), type: 'DIRECTORY' });
}

/** A new object; `creator` is whoever the caller is. */
export function fresh(path: string, { caller, clock }: WorkspaceState, files: FileStore) {
  const now = Math.round(clock.now());
  return { id: files.newId(), path, creator: caller.userName, createdAt: now, modifiedAt: now };
}

function list(query: URLSearchParams, files: FileStore): unknown {
  const object = get(pathIn(query), files);
  const after = Number(query.get('notebooks_modified_after') ?? 0);
  const found = object.type === 'DIRECTORY' ? files.children(object.path) : [object];
  const objects = found.filter(({ type, modifiedAt }) => type !== 'NOTEBOOK' || modifiedAt >= after).map(view);
  // An empty folder has no list at all.
  return objects.length > 0 ? { objects } : {};
}

function exported(query: URLSearchParams, files: FileStore): unknown {
  const object = get(pathIn(query), files);
  const format = query.get('format') ?? 'SOURCE';
  if (object.type === 'DIRECTORY') throw invalid('The export of folders is not simulated.');
  const { content, ending } =
    object.type === 'FILE' ? fileContent(object.path, object.content) : notebookContent(object, format);
  if (content.length > CONTENT_BYTES) throw tooLarge();
  if (query.get('direct_download') === 'true') return content.toString('utf8');
  return { content: content.toString('base64'), file_type: ending };
}

function notebookContent(notebook: { language: NotebookLanguage; source: string }, format: string) {
  const { language, source } = notebook;
  if (format === 'JUPYTER') return { content: Buffer.from(toJupyter(source, language)), ending: 'ipynb' };
  if (format === 'SOURCE' || format === 'AUTO') return { content: Buffer.from(source), ending: extensionOf(language) };
  throw invalid(`Format ${format} is not simulated.`);
}

function fileContent(path: string, base64: string) {
  return { content: Buffer.from(base64, 'base64'), ending: /\.(\w+)$/.exec(path)?.[1] ?? '' };
}

function importOne(body: Fields, workspace: WorkspaceState, files: FileStore): unknown {
  const imported = readImport(pathIn(body), body);
  const { path } = imported;
  if (files.find(parentOf(path))?.type !== 'DIRECTORY') {
    throw refusal(404, 'RESOURCE_DOES_NOT_EXIST', `The parent folder (${parentOf(path)}) does not exist.`);
  }
  const there = files.find(path);
  if (!there) {
    files.put({ ...fresh(path, workspace, files), ...imported });
    return {};
  }
  if (body.overwrite !== true) throw exists(path);
  if (there.type !== imported.type) {
    throw invalid(
      `Cannot overwrite the asset at ${path} due to type mismatch (asked: ${imported.type}, actual: ${there.type})`,
    );
  }
  const { id, creator, createdAt } = there;
  files.put({ id, creator, createdAt, modifiedAt: Math.round(workspace.clock.now()), ...imported });
  return {};
}

function readImport(path: string, body: Fields): Imported {
  const content = requiredText(body, 'content');
  const bytes = Buffer.from(content, 'base64');
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content)) throw invalid('The content is not valid base64.');
  if (bytes.length > CONTENT_BYTES) throw tooLarge();
  const text = bytes.toString('utf8');
  switch (body.format ?? 'SOURCE') {
    case 'SOURCE':
      if (!isLanguage(body.language))
        throw invalid('Missing required field: language. It must be set to import a file as SOURCE.');
      return { type: 'NOTEBOOK', path, language: body.language, source: text };
    case 'JUPYTER':
      return { type: 'NOTEBOOK', path, ...fromJupyter(text) };
    case 'AUTO': {
      if (path.endsWith('.ipynb')) return { type: 'NOTEBOOK', path: withoutEnding(path), ...fromJupyter(text) };
      const language = languageOfFile(path, text);
      return language
        ? { type: 'NOTEBOOK', path: withoutEnding(path), language, source: text }
        : { type: 'FILE', path, content: bytes.toString('base64') };
    }
    case 'RAW':
      return { type: 'FILE', path, content: bytes.toString('base64') };
    default:
      throw invalid(`Format ${body.format} is not simulated.`);
  }
}

function remove(object: WorkspaceObject, isRecursive: boolean, files: FileStore): void {
  if (ROOT_FOLDERS.some((root) => root === object.path)) {
    throw refusal(403, 'PERMISSION_DENIED', `Folder (${object.path}) is protected and cannot be deleted.`);
  }
  if (object.type === 'DIRECTORY' && !isRecursive && files.children(object.path).length > 0) {
    throw refusal(400, 'DIRECTORY_NOT_EMPTY', `Folder (${object.path}) is not empty`);
  }
  files.remove(object);
}

function get(path: string, files: FileStore): WorkspaceObject {
  const object = files.find(path);
  if (!object) throw refusal(404, 'RESOURCE_DOES_NOT_EXIST', `Path (${path}) doesn't exist.`);
  return object;
}

/** A slash at the end means nothing. */
function pathIn(fields: ApiCall['body'] | URLSearchParams): string {
  const path = requiredText(fields, 'path');
  if (!path.startsWith('/')) throw invalid(`Path (${path}) doesn't start with '/'`);
  return path === '/' ? path : path.replace(/\/+$/, '');
}

function withoutEnding(path: string): string {
  return path.replace(/\.\w+$/, '');
}

function exists(path: string) {
  return refusal(400, 'RESOURCE_ALREADY_EXISTS', `Path (${path}) already exists.`);
}

function tooLarge() {
  const message = `The size of the content exceeds the limit of ${CONTENT_BYTES} bytes.`;
  return refusal(400, 'MAX_NOTEBOOK_SIZE_EXCEEDED', message);
}

export function view(object: WorkspaceObject): Fields {
  const { id, path, type, createdAt, modifiedAt } = object;
  const times = { created_at: createdAt, modified_at: modifiedAt };
  return {
    object_type: type,
    path,
    object_id: id,
    resource_id: String(id),
    ...(object.type === 'NOTEBOOK' && { language: object.language, ...times }),
    ...(object.type === 'FILE' && { ...times, size: Buffer.byteLength(object.content, 'base64') }),
  };
}
