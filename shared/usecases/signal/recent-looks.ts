// Looks at clusters, shared by the signals about them: ten thousand reports of one failure are one look, not ten thousand calls (E10, A7).
// Rule kept here: a look answers for a signal only if it was taken after the signal was received; what came later is asked again.
import type { ClusterId } from '../../domain/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, Workspaces } from '../../ports/workspace.ts';

/** The door that received a signal may be another instance: its clock is allowed to be this far ahead of ours. */
const CLOCKS_APART_MS = 1_000;
const MOST = 500;

interface Look {
  readonly takenAt: number;
  readonly cluster: Cluster | undefined;
}

export class RecentLooks {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #workspaces: Workspaces;
  readonly #looks = new Map<string, Look>();

  constructor(workspaces: Workspaces, clock: Pick<Clock, 'now'>) {
    this.#workspaces = workspaces;
    this.#clock = clock;
  }

  /** The cluster as it was at some time after `receivedAt` (ISO); undefined: the workspace does not know it. Throws what the workspace throws. */
  async cluster(workspace: string, id: ClusterId, receivedAt: string): Promise<Cluster | undefined> {
    const key = `${workspace} ${id}`;
    const known = this.#looks.get(key);
    const takenAt = this.#clock.now().getTime();
    // A look from the future was taken before the clock was set back: it proves nothing.
    const isUsable = known && known.takenAt <= takenAt && known.takenAt > Date.parse(receivedAt) + CLOCKS_APART_MS;
    if (isUsable) return known.cluster;
    const cluster = await this.#workspaces.get(workspace).cluster(id);
    this.#keep(key, { takenAt, cluster });
    return cluster;
  }

  #keep(key: string, look: Look): void {
    this.#looks.delete(key);
    this.#looks.set(key, look);
    const [oldest] = this.#looks.keys();
    if (this.#looks.size > MOST && oldest !== undefined) this.#looks.delete(oldest);
  }
}
