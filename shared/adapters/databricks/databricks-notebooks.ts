// Notebooks over REST. Paths travel in query and body; object ids stand in a path, so nothing but digits gets there.
import { Refused } from '../../domain/errors.ts';
import type { StartAnswer } from '../../ports/answers.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { AccessEntry, NotebookSource, NotebookStatus, Notebooks } from '../../ports/workspace-notebooks.ts';
import type { Answer, WorkspaceCalls } from './calls.ts';
import { accessAnswer, exportAnswer, listAnswer, notebookOf, statusAnswer, type TreeObject } from './notebooks-wire.ts';
import { accepted, parsed, read } from './parse.ts';
import { saysUnknown } from './translate.ts';

const TREE = '/api/2.0/workspace';
/** A tree deeper or wider than this is not what an estate calls critical. */
const MOST_FOLDERS = 500;

export class DatabricksNotebooks implements Notebooks {
  readonly #workspace: string;
  readonly #calls: WorkspaceCalls;

  constructor(workspace: string, calls: WorkspaceCalls) {
    this.#workspace = workspace;
    this.#calls = calls;
  }

  async status(path: string): Promise<NotebookStatus | undefined> {
    const answer = await this.#calls.ask(read(`${TREE}/get-status`, { path }));
    if (isMissing(answer)) return undefined;
    return notebookOf(parsed(this.#workspace, statusAnswer, answer, 'the status of an object'));
  }

  async *below(folder: string): AsyncIterable<readonly NotebookStatus[]> {
    const folders = [folder];
    for (let at = 0; at < folders.length; at += 1) {
      const objects = await this.#list(folders[at] ?? folder);
      folders.push(...objects.filter(isFolder).map(({ path }) => path));
      if (folders.length > MOST_FOLDERS)
        throw new Refused('workspace-refused', `there are more than ${MOST_FOLDERS} folders below ${folder}`);
      yield objects.map(notebookOf).filter((notebook) => notebook !== undefined);
    }
  }

  async source(path: string): Promise<string | undefined> {
    const answer = await this.#calls.ask(read(`${TREE}/export`, { path, format: 'SOURCE' }));
    if (isMissing(answer)) return undefined;
    const { content } = parsed(this.#workspace, exportAnswer, answer, 'an exported notebook');
    return Buffer.from(content, 'base64').toString('utf8');
  }

  async create(path: string, { language, source }: NotebookSource, lastLook: LastLook): Promise<StartAnswer> {
    const folder = path.slice(0, path.lastIndexOf('/'));
    if (folder !== '') {
      const made = await this.#act('POST', `${TREE}/mkdirs`, { path: folder }, lastLook);
      if (!made.accepted) return made;
    }
    const content = Buffer.from(source, 'utf8').toString('base64');
    return await this.#act(
      'POST',
      `${TREE}/import`,
      { path, language, format: 'SOURCE', content, overwrite: false },
      lastLook,
    );
  }

  async access(objectId: string): Promise<readonly AccessEntry[]> {
    const answer = await this.#calls.ask(read(accessPath(objectId), {}));
    return parsed(this.#workspace, accessAnswer, answer, 'an access list');
  }

  async setAccess(objectId: string, entries: readonly AccessEntry[], lastLook: LastLook): Promise<StartAnswer> {
    const list = entries.map(({ principal, name, level }) => ({ [principal]: name, permission_level: level }));
    return await this.#act('PUT', accessPath(objectId), { access_control_list: list }, lastLook);
  }

  async #list(path: string): Promise<readonly TreeObject[]> {
    const answer = await this.#calls.ask(read(`${TREE}/list`, { path }));
    if (isMissing(answer)) return [];
    return parsed(this.#workspace, listAnswer, answer, 'a folder').objects;
  }

  async #act(
    method: 'POST' | 'PUT',
    path: string,
    body: Record<string, unknown>,
    lastLook: LastLook,
  ): Promise<StartAnswer> {
    const answer = await this.#calls.ask({ method, path, body, repeatable: false, lastLook });
    if (!answer.ok && answer.failure.errorCode === 'RESOURCE_ALREADY_EXISTS')
      return { accepted: false, because: answer.failure.detail };
    return accepted(answer);
  }
}

function isMissing(answer: Answer): boolean {
  return !answer.ok && saysUnknown(answer.failure);
}

function isFolder({ object_type }: TreeObject): boolean {
  return object_type === 'DIRECTORY' || object_type === 'REPO';
}

function accessPath(objectId: string): string {
  if (!/^\d{1,20}$/.test(objectId)) throw new Refused('workspace-refused', 'this is not the id of a notebook');
  return `/api/2.0/permissions/notebooks/${objectId}`;
}
