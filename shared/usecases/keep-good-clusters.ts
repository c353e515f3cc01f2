// The poll's other half: what runs is good. A configuration is kept when it was seen RUNNING in two polls in a row, since right after an
// edit a list may still tell RUNNING (facts/databricks.md 0.7); written only when it differs from what is kept, so many a poll.
import { goodSettings } from '../domain/clusters/last-good-settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Inventory } from '../ports/inventory.ts';
import type { Cluster } from '../ports/workspace.ts';
import { keepGoodSettings } from '../steps/remedies/keep-good-settings.ts';

/** What is more has its turn in the next poll. */
const MOST_WRITES = 100;
const MOST_SIGHTINGS = 10_000;

/** What this process saw running, by cluster: a poll that moves to another process keeps a change one poll later. */
export class Sightings {
  readonly #seen = new Map<string, string>();

  /** Whether it was seen so the last time too. */
  again(cluster: string, sha256: string): boolean {
    const before = this.#seen.get(cluster);
    this.#seen.delete(cluster);
    this.#seen.set(cluster, sha256);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_SIGHTINGS && oldest !== undefined) this.#seen.delete(oldest);
    return before === sha256;
  }

  forget(cluster: string): void {
    this.#seen.delete(cluster);
  }
}

export interface KeepPorts {
  readonly inventory: Inventory;
  readonly sightings: Sightings;
  readonly clock: Clock;
}

/** One poll of one workspace. */
export class GoodClusters {
  readonly #ports: KeepPorts;
  readonly #workspace: string;
  #kept: Promise<ReadonlyMap<string, string>> | undefined;
  #writes = 0;

  constructor(ports: KeepPorts, workspace: string) {
    this.#ports = ports;
    this.#workspace = workspace;
  }

  async keep(page: readonly Cluster[]): Promise<void> {
    for (const cluster of page) {
      if (cluster.source === 'JOB' || cluster.source.startsWith('PIPELINE')) continue;
      if (cluster.state === 'RUNNING') await this.#see(cluster);
      else this.#ports.sightings.forget(this.#name(cluster));
    }
  }

  async #see(cluster: Cluster): Promise<void> {
    const { sha256 } = goodSettings(cluster.settings);
    const isSteady = this.#ports.sightings.again(this.#name(cluster), sha256);
    if (!isSteady || this.#writes >= MOST_WRITES) return;
    this.#kept ??= this.#list();
    if ((await this.#kept).get(cluster.id) === sha256) return;
    this.#writes += 1;
    const seenAt = this.#ports.clock.now().toISOString();
    await keepGoodSettings(this.#ports.inventory, cluster, { workspace: this.#workspace, seenAt });
  }

  /** Hashes alone, once a poll. */
  async #list(): Promise<ReadonlyMap<string, string>> {
    const kept = new Map<string, string>();
    for await (const page of this.#ports.inventory.list(this.#workspace, 'cluster')) {
      for (const { id, sha256 } of page) kept.set(id, sha256);
    }
    return kept;
  }

  #name({ id }: Cluster): string {
    return `${this.#workspace} ${id}`;
  }
}
