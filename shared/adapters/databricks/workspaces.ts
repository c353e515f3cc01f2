// Every workspace of the estate, each opened when it is first asked for. Faults of all of them are found at the start.
import { Broken, InvalidInput } from '../../domain/errors.ts';
import type { Workspaces } from '../../ports/workspace.ts';
import { DatabricksWorkspace } from './databricks-workspace.ts';
import { checkedOrigin, type WorkspaceOptions } from './options.ts';

export class DatabricksWorkspaces implements Workspaces {
  readonly names: readonly string[];
  readonly #options: ReadonlyMap<string, WorkspaceOptions>;
  readonly #open = new Map<string, DatabricksWorkspace>();

  /** Throws `InvalidInput` with the faults of all workspaces. */
  constructor(options: readonly WorkspaceOptions[]) {
    const faults = options.flatMap(faultsOf);
    if (faults.length > 0)
      throw new InvalidInput('not-configured', 'the workspaces are not configured properly', faults);
    this.#options = new Map(options.map((one) => [one.name, one]));
    this.names = [...this.#options.keys()];
  }

  get(name: string): DatabricksWorkspace {
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    const options = this.#options.get(name);
    if (options === undefined) throw new Broken('broken', `the estate has no workspace ${name}`);
    const workspace = new DatabricksWorkspace(options);
    this.#open.set(name, workspace);
    return workspace;
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((workspace) => workspace.close()));
  }
}

function faultsOf(options: WorkspaceOptions) {
  try {
    checkedOrigin(options);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return error.fields.map(({ pointer, detail }) => ({ pointer: `/${options.name}${pointer}`, detail }));
  }
}
