// Runs that began before the window of the poll: a list tells runs by when they began, so the end of these is on no page of it. They are
// known by having been active in the poll before; a process that has just started knows them one poll later.
import type { RunSummary } from '../../domain/jobs/run.ts';
import type { Workspace } from '../../ports/workspace.ts';
import type { Refusals } from './refusals.ts';

/** On the service's clock: before everything. */
const EVER = '1970-01-01T00:00:00.000Z';
/** Pages of one poll: as many runs as a workspace may have at work (facts/databricks.md 4). */
const MOST_PAGES = 80;

interface Look {
  /** When the window begins. */
  readonly since: string;
  readonly refusals: Refusals;
  goOn(): Promise<void>;
}

export class LongRuns {
  /** When each began that was active in the last poll, by its id, by workspace. */
  readonly #active = new Map<string, ReadonlyMap<string, string>>();

  /** Those that are active no more. What ends a look early leaves all of them to the next poll. */
  async *ended({ name, jobs }: Workspace, { since, refusals, goOn }: Look): AsyncGenerator<RunSummary> {
    const active = await activeIn(jobs, goOn);
    for (const [runId, startedAt] of this.#active.get(name) ?? []) {
      if (active.has(runId) || startedAt >= since) continue;
      const run = await refusals.past(async () => await jobs.run(runId));
      if (run?.end) yield run;
      else if (run) active.set(runId, startedAt);
      await goOn();
    }
    this.#active.set(name, active);
  }
}

async function activeIn(jobs: Workspace['jobs'], goOn: () => Promise<void>): Promise<Map<string, string>> {
  const active = new Map<string, string>();
  let pages = 0;
  for await (const page of jobs.runPages({ since: EVER, only: 'active' })) {
    for (const { runId, ofJob, startedAt } of page) if (ofJob) active.set(runId, startedAt);
    await goOn();
    pages += 1;
    if (pages >= MOST_PAGES) break;
  }
  return active;
}
