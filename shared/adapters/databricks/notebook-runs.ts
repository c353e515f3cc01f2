// One-time runs of a notebook (jobs/runs/submit, API 2.2). The idempotency token makes the submission safe to repeat.
import * as z from 'zod';
import type { NotebookRunRequest, NotebookRunState, NotebookRuns } from '../../ports/workspace-notebook-runs.ts';
import type { WorkspaceCalls } from './calls.ts';
import { checked, parsed, read } from './parse.ts';
import { saysUnknown } from './translate.ts';

const RUN_NAME = 'Lakewarden test notebook';
const submitted = z.object({ run_id: z.number() });
const runAnswer = z.object({
  state: z.object({
    life_cycle_state: z.string(),
    result_state: z.string().optional(),
    state_message: z.string().catch(''),
  }),
});
/** Nothing comes after these (facts/databricks.md 1.9). */
const OVER = new Set(['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR']);

export class DatabricksNotebookRuns implements NotebookRuns {
  readonly #workspace: string;
  readonly #calls: WorkspaceCalls;

  constructor(workspace: string, calls: WorkspaceCalls) {
    this.#workspace = workspace;
    this.#calls = calls;
  }

  async submit({ clusterId, path, token, timeoutSeconds }: NotebookRunRequest): Promise<string> {
    const task = {
      task_key: 'test',
      existing_cluster_id: checked(clusterId),
      notebook_task: { notebook_path: path },
      timeout_seconds: timeoutSeconds,
    };
    const body = { run_name: RUN_NAME, idempotency_token: token, timeout_seconds: timeoutSeconds, tasks: [task] };
    const call = { method: 'POST', path: '/api/2.2/jobs/runs/submit', body, repeatable: true } as const;
    return String(parsed(this.#workspace, submitted, await this.#calls.ask(call), 'a run').run_id);
  }

  async state(runId: string): Promise<NotebookRunState | undefined> {
    const answer = await this.#calls.ask(read('/api/2.2/jobs/runs/get', { run_id: runId }));
    if (!answer.ok && saysUnknown(answer.failure)) return undefined;
    const { state } = parsed(this.#workspace, runAnswer, answer, 'a run');
    const words = [state.life_cycle_state, state.result_state, state.state_message].filter(Boolean).join(' ');
    if (!OVER.has(state.life_cycle_state)) return { over: false, words };
    return { over: true, succeeded: state.result_state === 'SUCCESS', words };
  }
}
