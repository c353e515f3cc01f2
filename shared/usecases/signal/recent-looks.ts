// Looks at clusters and runs, shared by the signals about them: ten thousand reports of one failure are one look, not ten thousand calls (E10, A7).
// Rule kept here: a look answers for a signal only if it was taken after the signal was received; what came later is asked again.
import type { ClusterId } from '../../domain/ids.ts';
import type { RunDetail } from '../../domain/jobs/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, Workspaces } from '../../ports/workspace.ts';

/** The door that received a signal may be another instance: its clock is allowed to be this far ahead of ours. */
const CLOCKS_APART_MS = 1_000;
const MOST = 500;

interface Look<Seen> {
  readonly takenAt: number;
  readonly seen: Seen | undefined;
}

export class RecentLooks {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #workspaces: Workspaces;
  readonly #clusters = new Map<string, Look<Cluster>>();
  readonly #runs = new Map<string, Look<RunDetail>>();

  constructor(workspaces: Workspaces, clock: Pick<Clock, 'now'>) {
    this.#workspaces = workspaces;
    this.#clock = clock;
  }

  /** The cluster as it was at some time after `receivedAt` (ISO); undefined: the workspace does not know it. Throws what the workspace throws. */
  cluster(workspace: string, id: ClusterId, receivedAt: string): Promise<Cluster | undefined> {
    const fetch = () => this.#workspaces.get(workspace).cluster(id);
    return this.#look(this.#clusters, `${workspace} ${id}`, receivedAt, fetch);
  }

  /** The same of a run of a job. */
  run(workspace: string, id: string, receivedAt: string): Promise<RunDetail | undefined> {
    const fetch = () => this.#workspaces.get(workspace).jobs.run(id);
    return this.#look(this.#runs, `${workspace} ${id}`, receivedAt, fetch);
  }

  async #look<Seen>(
    looks: Map<string, Look<Seen>>,
    key: string,
    receivedAt: string,
    fetch: () => Promise<Seen | undefined>,
  ): Promise<Seen | undefined> {
    const known = looks.get(key);
    const takenAt = this.#clock.now().getTime();
    // A look from the future was taken before the clock was set back: it proves nothing.
    const isUsable = known && known.takenAt <= takenAt && known.takenAt > Date.parse(receivedAt) + CLOCKS_APART_MS;
    if (isUsable) return known.seen;
    const seen = await fetch();
    keep(looks, key, { takenAt, seen });
    return seen;
  }
}

function keep<Seen>(looks: Map<string, Look<Seen>>, key: string, look: Look<Seen>): void {
  looks.delete(key);
  looks.set(key, look);
  const [oldest] = looks.keys();
  if (looks.size > MOST && oldest !== undefined) looks.delete(oldest);
}
