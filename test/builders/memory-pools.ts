// Instance pools in memory, by the words of the port.

import type { StartAnswer } from '../../shared/ports/answers.ts';
import type { LastLook } from '../../shared/ports/last-look.ts';
import type { InstancePool, Pools } from '../../shared/ports/workspace-pools.ts';
import type { Serve } from './memory-workspace.ts';

export class MemoryPools implements Pools {
  readonly #pools = new Map<string, InstancePool>();
  readonly #serve: Serve;

  constructor(serve: Serve) {
    this.#serve = serve;
  }

  put(pool: InstancePool): void {
    this.#pools.set(pool.id, pool);
  }

  /** As it really is, without a call. */
  truth(id: string): InstancePool | undefined {
    return this.#pools.get(id);
  }

  get(id: string): Promise<InstancePool | undefined> {
    return this.#serve.read('pools.get', undefined, () => this.#pools.get(id));
  }

  setMaxCapacity(id: string, maxCapacity: number, lastLook?: LastLook): Promise<StartAnswer> {
    return this.#serve.act('pools.setMaxCapacity', undefined, lastLook, () => {
      const pool = this.#pools.get(id);
      if (!pool) return { accepted: false, because: `there is no pool ${id}` };
      this.#pools.set(id, { ...pool, maxCapacity });
      return { accepted: true };
    });
  }
}
