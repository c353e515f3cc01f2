// The notebooks of a workspace, by path. Permissions hang on the object id, which a new notebook at the same path does not inherit.
import type { StartAnswer } from './answers.ts';
import type { LastLook } from './last-look.ts';

export const notebookLanguages = ['PYTHON', 'SCALA', 'SQL', 'R'] as const;
export type NotebookLanguage = (typeof notebookLanguages)[number];

export interface NotebookStatus {
  readonly path: string;
  readonly objectId: string;
  readonly language: NotebookLanguage;
  /** ISO instant on the service's clock; absent where it does not say. */
  readonly modifiedAt?: string;
}

/** Who may do what with it, by its own list: what it inherits from its folder is not in here. */
export interface AccessEntry {
  readonly principal: 'user_name' | 'group_name' | 'service_principal_name';
  readonly name: string;
  readonly level: string;
}

export interface NotebookSource {
  readonly language: NotebookLanguage;
  readonly source: string;
}

export interface Notebooks {
  /** undefined: there is no notebook at this path. */
  status(path: string): Promise<NotebookStatus | undefined>;
  /** All notebooks below a folder, folder by folder; none when there is no such folder. */
  below(folder: string): AsyncIterable<readonly NotebookStatus[]>;
  /** undefined: there is no notebook at this path. */
  source(path: string): Promise<string | undefined>;
  /** Puts one where none is, with the folders that it needs. Refused by the state where there is one already. */
  create(path: string, notebook: NotebookSource, lastLook: LastLook): Promise<StartAnswer>;
  access(objectId: string): Promise<readonly AccessEntry[]>;
  /** The whole list: who is not in it loses what he had. */
  setAccess(objectId: string, entries: readonly AccessEntry[], lastLook: LastLook): Promise<StartAnswer>;
}
