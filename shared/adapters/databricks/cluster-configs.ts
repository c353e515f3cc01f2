// Changes of a cluster's configuration. `clusters/update` with a mask, never `clusters/edit`: that one unsets whatever it is not sent,
// also what this release does not know (facts/databricks.md 0.8), and would write over what somebody else has set meanwhile.
import { collectionsWithSecrets, secretsOf } from '../../domain/clusters/cluster-settings.ts';
import type { NodeType } from '../../domain/clusters/node-types.ts';
import type { ClusterId } from '../../domain/ids.ts';
import type { Settings } from '../../domain/runbooks/settings-change.ts';
import type { StartAnswer } from '../../ports/answers.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { ClusterConfigs } from '../../ports/workspace-cluster-configs.ts';
import type { WorkspaceCalls } from './calls.ts';
import * as wire from './cluster-configs-wire.ts';
import { accepted, act, checked, parsed, read } from './parse.ts';

export class DatabricksClusterConfigs implements ClusterConfigs {
  readonly #workspace: string;
  readonly #calls: WorkspaceCalls;

  constructor(workspace: string, calls: WorkspaceCalls) {
    this.#workspace = workspace;
    this.#calls = calls;
  }

  async update(id: ClusterId, set: Settings, lastLook?: LastLook): Promise<StartAnswer> {
    const cluster_id = checked(id);
    const whole = await this.#withSecrets(cluster_id, set);
    // Where a mask names a setting that the cluster does not have, the setting is taken away (google.aip.dev/161).
    const body = { cluster_id, update_mask: Object.keys(whole).join(','), cluster: nested(whole) };
    const path = '/api/2.1/clusters/update';
    return accepted(await this.#calls.ask(act(path, body, lastLook)));
  }

  async nodeTypes(): Promise<readonly NodeType[]> {
    const answer = await this.#calls.ask(read('/api/2.1/clusters/list-node-types', {}));
    return parsed(this.#workspace, wire.nodeTypesAnswer, answer, 'a list of node types').node_types;
  }

  /** A collection can only be set whole, so the entries that never left the workspace are put in again here. */
  async #withSecrets(id: ClusterId, set: Settings): Promise<Settings> {
    const collections = collectionsWithSecrets.filter((name) => Object.hasOwn(set, name));
    if (collections.length === 0) return set;
    const answer = await this.#calls.ask(read('/api/2.1/clusters/get', { cluster_id: id }));
    const now = parsed(this.#workspace, wire.collectionsAnswer, answer, 'a cluster');
    const merged = collections.map((name) => {
      const entries = { ...wire.entriesOf(set[name]), ...secretsOf(now[name]) };
      return [name, Object.keys(entries).length === 0 ? null : entries];
    });
    return { ...set, ...Object.fromEntries(merged) };
  }
}

/** `{ 'azure_attributes.availability': X }` -> `{ azure_attributes: { availability: X } }`; what is to go away is left out. */
function nested(set: Settings): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(set)) {
    const [field = '', inner] = path.split('.');
    if (value === null) continue;
    result[field] = inner === undefined ? value : { ...wire.entriesOf(result[field]), [inner]: value };
  }
  return result;
}
