// The adapter over the real SDK against the simulated Databricks, over HTTP; the simulator lives by a clock that the test moves.
import { expect, it } from 'vitest';
import * as z from 'zod';
import { startWorkspace } from '../../local/databricks/workspace.ts';
import { clusterId, ourSide, TOKEN } from '../builders/databricks-adapter.ts';
import { type GivenCluster, type WorkspaceStage, workspaceContract } from './workspace-contract.ts';

const TROUBLE = {
  unavailable: { kind: 'reset' },
  refused: { kind: 'status', status: 403 },
  'lost-answer': { kind: 'lost-answer' },
} as const;

const PATHS = {
  startCluster: '/clusters/start',
  restartCluster: '/clusters/restart',
  cluster: '/clusters/get',
} as const;

async function makeStage(): Promise<WorkspaceStage & { readonly url: string; readonly api: Api }> {
  const time = { now: Date.parse('2026-11-20T08:00:00.000Z') };
  const clock = { now: () => time.now, schedule: () => () => {} };
  const simulator = await startWorkspace({ token: TOKEN, clock, emptyPageEvery: 2 });
  const api = simApi(simulator.url);
  // Pauses of the adapter are time that passes for the service too.
  const begun = time.now;
  const { workspace } = ourSide(simulator.url, {
    elapsedMilliseconds: () => time.now - begun,
    sleep: async (milliseconds) => {
      time.now += milliseconds;
    },
  });
  return {
    workspace,
    url: simulator.url,
    api,
    put: ({ id, ...cluster }) => api('PUT', `clusters/${id}`, seedOf(cluster)),
    crash: (id, reason) => api('POST', `clusters/${id}/crash`, reason),
    failNextStart: (id, { code, ...reason }) =>
      api('PUT', `clusters/${id}`, { onStart: [{ fail: code, ...reason, afterSeconds: 60 }] }),
    trouble: (kind, call) => api('POST', 'faults', { match: { path: PATHS[call] }, fault: TROUBLE[kind], times: 1 }),
    pass: async (seconds) => {
      time.now += seconds * 1_000;
    },
    now: () => new Date(time.now).toISOString(),
    close: async () => {
      await workspace.close();
      await simulator.stop();
    },
  };
}

type Api = (method: string, path: string, body?: unknown) => Promise<void>;

function simApi(url: string): Api {
  return async (method, path, body) => {
    const response = await fetch(`${url}/_sim/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  };
}

function seedOf({ name, state, reason, source, answers, libraries }: Omit<GivenCluster, 'id'>) {
  return {
    state,
    cluster_name: name,
    termination_reason: reason,
    cluster_source: source,
    driverAnswers: answers,
    libraries: libraries?.map(({ pypi, status, messages }) => ({
      library: { pypi: { package: pypi } },
      status,
      messages,
    })),
  };
}

workspaceContract('Databricks, simulated', makeStage);

const callLog = z.array(z.object({ method: z.string(), path: z.string() }));

async function callsOf(url: string): Promise<z.infer<typeof callLog>> {
  const response = await fetch(`${url}/_sim/calls`);
  return callLog.parse(await response.json());
}

it('B1: sees 250 clusters through empty pages with three or so list calls, and none per cluster', async () => {
  const stage = await makeStage();
  const ids = Array.from({ length: 250 }, (_, index) => clusterId(`0424-${100_000 + index}-many`));
  for (const id of ids) await stage.put({ id });
  const listed: string[] = [];
  for await (const page of stage.workspace.clusterPages()) listed.push(...page.map((cluster) => cluster.id));
  expect(new Set(listed)).toEqual(new Set(ids));
  const calls = await callsOf(stage.url);
  expect(calls.every((call) => call.path.startsWith('/api/2.1/clusters/list'))).toBe(true);
  expect(calls.length).toBeLessThanOrEqual(8);
  await stage.close();
});

it('always takes its context away again, and never sends a PATCH', async () => {
  const stage = await makeStage();
  const id = clusterId('0424-035941-pl8ku9sr');
  await stage.put({ id, answers: false });
  await stage.workspace.runCommand(id, 'print(1)', 10);
  await stage.put({ id, answers: true });
  await stage.workspace.runCommand(id, 'print(1)', 10);
  await stage.workspace.runCommand(id, 'undefined_name', 10);
  const calls = await callsOf(stage.url);
  const count = (path: string) => calls.filter((call) => call.path === `/api/1.2/contexts/${path}`).length;
  expect([count('create'), count('destroy')]).toEqual([3, 3]);
  expect(new Set(calls.map((call) => call.method))).toEqual(new Set(['GET', 'POST']));
  await stage.close();
});
