// Which notebooks an estate calls critical, and which of them are there. What may not be looked at is neither there nor missing.
import type { Estate } from '../../domain/estate/estate.ts';
import { workspacesOf } from '../../domain/estate/lookup.ts';
import type { Workspace } from '../../ports/workspace.ts';
import type { NotebookStatus } from '../../ports/workspace-notebooks.ts';
import type { Refusals } from './refusals.ts';

export interface Wanted {
  /** Listed one by one: missing although it was never seen is a finding, too. */
  readonly listed: ReadonlyMap<string, string>;
  readonly folders: readonly string[];
}

export function wantedIn(estate: Estate, name: string): Wanted {
  const found = workspacesOf(estate).find(({ workspace }) => workspace.name === name)?.workspace;
  const notebooks = (found?.components ?? []).filter(({ kind }) => kind === 'notebook');
  return {
    listed: new Map(notebooks.map(({ id, name: title }) => [id, title])),
    folders: found?.criticalNotebookFolders ?? [],
  };
}

export function isWanted(path: string, { listed, folders }: Wanted): boolean {
  return listed.has(path) || isWithin(path, folders);
}

interface Present {
  readonly present: ReadonlyMap<string, NotebookStatus>;
  /** Folders and notebooks that nobody lets us see. */
  readonly hidden: readonly string[];
}

export async function presentIn(
  workspace: Workspace,
  { listed, folders }: Wanted,
  refusals: Refusals,
): Promise<Present> {
  const present = new Map<string, NotebookStatus>();
  const hidden: string[] = [];
  const look = async (path: string, seen: () => Promise<void>) => {
    const isSeen = await refusals.past(async () => {
      await seen();
      return true;
    });
    if (!isSeen) hidden.push(path);
  };
  for (const folder of folders) {
    await look(folder, async () => {
      for await (const page of workspace.notebooks.below(folder))
        for (const status of page) present.set(status.path, status);
    });
  }
  for (const path of listed.keys()) {
    if (present.has(path) || isWithin(path, folders)) continue;
    await look(path, async () => {
      const status = await workspace.notebooks.status(path);
      if (status) present.set(path, status);
    });
  }
  return { present, hidden };
}

export function isWithin(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || path.startsWith(`${place}/`));
}
