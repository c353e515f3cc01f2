// The jobs of the simulated primary workspace, as whoever injects faults sees them, and as a person with a token uses them.
import * as z from 'zod';
import type { StackFile } from '../stack/stack-file.ts';

const runSchema = z.looseObject({
  run_id: z.number(),
  status: z.looseObject({ state: z.string(), termination_details: z.looseObject({ code: z.string() }).optional() }),
  repair_history: z.array(z.looseObject({ id: z.number().optional() })).default([]),
});
export type SimulatedRun = z.infer<typeof runSchema>;

const startedSchema = z.looseObject({ run_id: z.number() });

/** The notification destination of the reference estate's jobs leads to the app: with the key that the app asks for. */
export async function connectWebhooks({ app, apiKey, databricks }: StackFile): Promise<void> {
  const body = { url: `${app}/databricks-monitor`, headers: { 'x-api-key': apiKey } };
  await call(`${databricks.primary}/_sim/destinations/${DESTINATION}`, 'PUT', body);
}

const DESTINATION = '5d3c7c1e-6f0b-4a39-9d0e-2f1f6f1f7a11';

/** What the next attempts of the job's tasks meet with, and nothing else. */
export async function orderNext({ databricks }: StackFile, job: string, order: unknown): Promise<void> {
  const path = `${databricks.primary}/_sim/jobs/${job}/orders`;
  await call(path, 'DELETE');
  await call(path, 'POST', [order]);
}

export async function startJob(stack: StackFile, job: string): Promise<number> {
  return startedSchema.parse(await ask(stack, 'POST', 'run-now', { job_id: Number(job) })).run_id;
}

/** As a person does who has mended what the job does. */
export async function repairRun(stack: StackFile, run: SimulatedRun): Promise<void> {
  const latest = run.repair_history.at(-1)?.id;
  await ask(stack, 'POST', 'runs/repair', {
    run_id: run.run_id,
    rerun_all_failed_tasks: true,
    ...(latest === undefined ? {} : { latest_repair_id: latest }),
  });
}

export async function readRun(stack: StackFile, runId: number): Promise<SimulatedRun> {
  return runSchema.parse(await ask(stack, 'GET', `runs/get?run_id=${runId}&include_history=true`));
}

function ask({ databricks, databricksToken }: StackFile, method: string, path: string, body?: unknown) {
  const headers = { authorization: `Bearer ${databricksToken}` };
  return call(`${databricks.primary}/api/2.2/jobs/${path}`, method, body, headers);
}

async function call(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the simulated workspace answers ${response.status} to ${method} ${url}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
