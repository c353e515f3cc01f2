// A notebook run once on a cluster that is there already: a proof that work can be done on it.
import type { ClusterId } from '../domain/ids.ts';

export interface NotebookRunRequest {
  readonly clusterId: ClusterId;
  readonly path: string;
  /** At most 64 characters. The same token is the same run, however often it is asked for. */
  readonly token: string;
  /** Seconds of the service after which it ends the run. */
  readonly timeoutSeconds: number;
}

export type NotebookRunState =
  | { readonly over: false; readonly words: string }
  | { readonly over: true; readonly succeeded: boolean; readonly words: string };

export interface NotebookRuns {
  /** Returns the id of the run. Safe to repeat. */
  submit(request: NotebookRunRequest): Promise<string>;
  /** undefined: the workspace does not know the run. */
  state(runId: string): Promise<NotebookRunState | undefined>;
}
