// Instance pools. There is no call that changes one setting: an edit replaces all that may be edited, so the others are sent as they are.

import type { StartAnswer } from '../../ports/answers.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { InstancePool, Pools } from '../../ports/workspace-pools.ts';
import type { WorkspaceCalls } from './calls.ts';
import { poolAnswer } from './cluster-configs-wire.ts';
import { accepted, act, parsed, read } from './parse.ts';
import { saysUnknown } from './translate.ts';

/** What `instance-pools/edit` takes; it leaves alone what cannot be edited (facts/databricks.md 1.9). */
const EDITABLE = [
  'instance_pool_id',
  'instance_pool_name',
  'node_type_id',
  'min_idle_instances',
  'max_capacity',
  'idle_instance_autotermination_minutes',
  'custom_tags',
  'node_type_flexibility',
  'remote_disk_throughput',
  'total_initial_remote_disk_size',
];

export class DatabricksPools implements Pools {
  readonly #workspace: string;
  readonly #calls: WorkspaceCalls;

  constructor(workspace: string, calls: WorkspaceCalls) {
    this.#workspace = workspace;
    this.#calls = calls;
  }

  async get(id: string): Promise<InstancePool | undefined> {
    return (await this.#read(id))?.pool;
  }

  async setMaxCapacity(id: string, maxCapacity: number, lastLook?: LastLook): Promise<StartAnswer> {
    const found = await this.#read(id);
    if (!found) return { accepted: false, because: `there is no pool ${id}` };
    const whole = Object.entries({ ...found.whole, max_capacity: maxCapacity });
    const body = Object.fromEntries(whole.filter(([name]) => EDITABLE.includes(name)));
    const path = '/api/2.0/instance-pools/edit';
    return accepted(await this.#calls.ask(act(path, body, lastLook)));
  }

  async #read(id: string) {
    const answer = await this.#calls.ask(read('/api/2.0/instance-pools/get', { instance_pool_id: id }));
    if (!answer.ok && saysUnknown(answer.failure)) return undefined;
    return parsed(this.#workspace, poolAnswer, answer, 'an instance pool');
  }
}
