// The simulated primary workspace, as whoever injects faults sees it (its /_sim endpoints need no token).
import * as z from 'zod';
import type { StackFile } from '../stack/stack-file.ts';

const TERMINATION_LIMIT_MS = 90_000;
const LOOK_AGAIN_MS = 50;

const terminationSchema = z.looseObject({
  code: z.string(),
  type: z.string().optional(),
  parameters: z.record(z.string(), z.string()).optional(),
});
const clusterSchema = z.looseObject({
  cluster_id: z.string(),
  cluster_name: z.string(),
  state: z.string(),
  termination_reason: terminationSchema.optional(),
  terminated_time: z.number().optional(),
  spec: z.record(z.string(), z.unknown()).default({}),
});
export type SimulatedCluster = z.infer<typeof clusterSchema>;

const faultSchema = z.object({ id: z.union([z.string(), z.number()]) });
const callsSchema = z.array(z.looseObject({ at: z.string(), method: z.string(), path: z.string(), body: z.unknown() }));

/** Crashes a cluster and waits until the workspace says that it is terminated. */
export async function crashCluster(stack: StackFile, id: string, code: string): Promise<SimulatedCluster> {
  const parameters = { driver_id: 'driver-7f3a' };
  await simulator(stack, `clusters/${encodeURIComponent(id)}/crash`, { method: 'POST', body: { code, parameters } });
  return await untilTerminated(stack, id);
}

/** Somebody changes its configuration; a running cluster restarts to take it. */
export async function editByHand(stack: StackFile, id: string, change: Record<string, unknown>): Promise<void> {
  const { spec } = await readCluster(stack, id);
  const body = { action: 'edit', body: { ...spec, ...change } };
  await simulator(stack, `clusters/${encodeURIComponent(id)}/human`, { method: 'POST', body });
}

export async function untilTerminated(stack: StackFile, id: string): Promise<SimulatedCluster> {
  const deadline = Date.now() + TERMINATION_LIMIT_MS;
  for (;;) {
    const cluster = await readCluster(stack, id);
    if (cluster.state === 'TERMINATED' || cluster.state === 'ERROR') return cluster;
    if (Date.now() > deadline) throw new Error(`cluster ${id} should have ended, but is ${cluster.state}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

export async function readCluster(stack: StackFile, id: string): Promise<SimulatedCluster> {
  return clusterSchema.parse(await simulator(stack, `clusters/${encodeURIComponent(id)}`));
}

/** Runs `during` under a fault and lifts the fault afterwards, whatever happened. */
export async function underFault<T>(stack: StackFile, fault: unknown, during: () => Promise<T>): Promise<T> {
  const { id } = faultSchema.parse(await simulator(stack, 'faults', { method: 'POST', body: fault }));
  try {
    return await during();
  } finally {
    // A fault that has run its course may be gone already.
    await simulator(stack, `faults/${id}`, { method: 'DELETE' }).catch(() => undefined);
  }
}

/** Runs `during` while something stands in the way of starts. */
export async function withObstacle<T>(stack: StackFile, obstacle: unknown, during: () => Promise<T>): Promise<T> {
  const set = await simulator(stack, 'obstacles', { method: 'POST', body: { obstacle } });
  const { id } = faultSchema.parse(set);
  try {
    return await during();
  } finally {
    await simulator(stack, `obstacles/${id}`, { method: 'DELETE' }).catch(() => undefined);
  }
}

/** How many times the clusters were listed since the workspace began: what a poll does. */
export async function listCalls(stack: StackFile): Promise<number> {
  const calls = callsSchema.parse(await simulator(stack, 'calls'));
  return calls.filter(({ path }) => path.includes('/clusters/list')).length;
}

/** How many starts and restarts of this cluster the workspace has been asked for since `since` (ISO). */
export async function startCalls(stack: StackFile, clusterId: string, since: string): Promise<number> {
  const calls = callsSchema.parse(await simulator(stack, 'calls'));
  return calls.filter((call) => isStart(call) && call.at >= since && names(call.body, clusterId)).length;
}

/** Whatever begins or changes something in the primary workspace, asked for between two instants. */
export async function actsBetween(stack: StackFile, from: string, until: string): Promise<string[]> {
  const calls = callsSchema.parse(await simulator(stack, 'calls'));
  const acts = calls.filter(({ method, path, at }) => method === 'POST' && ACT.test(path) && at >= from && at < until);
  return acts.map(({ path, at }) => `${path} at ${at}`);
}

const ACT =
  /\/(clusters|warehouses\/[^/]+)\/(start|restart|edit)(\?|$)|\/jobs\/(run-now|runs\/repair|runs\/submit)(\?|$)/;

function isStart(call: { method: string; path: string }): boolean {
  return call.method === 'POST' && /\/clusters\/(start|restart)(\?|$)/.test(call.path);
}

function names(body: unknown, clusterId: string): boolean {
  return typeof body === 'object' && body !== null && 'cluster_id' in body && body.cluster_id === clusterId;
}

export async function simulator(
  stack: StackFile,
  path: string,
  { method = 'GET', body }: { method?: string; body?: unknown } = {},
): Promise<unknown> {
  const response = await fetch(`${stack.databricks.primary}/_sim/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the simulated workspace answers ${response.status} to ${method} ${path}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
