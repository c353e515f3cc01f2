// One-time runs of notebooks in memory, by the words of the port.
import type { Clock } from '../../shared/ports/clock.ts';
import type { NotebookRunRequest, NotebookRunState, NotebookRuns } from '../../shared/ports/workspace-notebook-runs.ts';
import type { Serve } from './memory-workspace.ts';

const RUN_SECONDS = 40;

export class MemoryNotebookRuns implements NotebookRuns {
  /** Runs, by token; a test looks at what was asked for. */
  readonly asked = new Map<string, NotebookRunRequest & { readonly endsAt: number }>();
  /** What the next runs come to; without a word they succeed. */
  failures: string[] = [];
  readonly #ended = new Map<string, string | undefined>();
  readonly #serve: Serve;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(serve: Serve, clock: Pick<Clock, 'now'>) {
    this.#serve = serve;
    this.#clock = clock;
  }

  submit(request: NotebookRunRequest): Promise<string> {
    return this.#serve.read('notebookRuns.submit', request.clusterId, () => {
      if (!this.asked.has(request.token)) {
        this.asked.set(request.token, { ...request, endsAt: this.#clock.now().getTime() + RUN_SECONDS * 1000 });
        this.#ended.set(request.token, this.failures.shift());
      }
      return request.token;
    });
  }

  state(runId: string): Promise<NotebookRunState | undefined> {
    return this.#serve.read('notebookRuns.state', undefined, () => {
      const run = this.asked.get(runId);
      if (!run) return undefined;
      if (run.endsAt > this.#clock.now().getTime()) return { over: false, words: 'RUNNING' };
      const failure = this.#ended.get(runId);
      return { over: true, succeeded: failure === undefined, words: failure ?? 'TERMINATED SUCCESS' };
    });
  }
}
