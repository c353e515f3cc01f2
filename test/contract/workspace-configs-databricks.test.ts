// The adapter against the simulated Databricks, and what only the wire shows: nothing is lost by a change, and no secret is read.
import { expect, it } from 'vitest';
import * as z from 'zod';
import { startWorkspace } from '../../local/databricks/workspace.ts';
import { ourSide, TOKEN } from '../builders/databricks-adapter.ts';
import { CONFIGURED, type ConfigStage, configsContract } from './workspace-configs-contract.ts';

const wanted = async () => undefined;

interface Stage extends ConfigStage {
  sim(method: string, path: string, body?: unknown): Promise<unknown>;
}

async function makeStage(): Promise<Stage> {
  const time = { now: Date.parse('2026-11-20T08:00:00.000Z') };
  const clock = { now: () => time.now, schedule: () => () => {} };
  const simulator = await startWorkspace({ token: TOKEN, clock });
  const { workspace } = ourSide(simulator.url);
  const sim = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${simulator.url}/_sim/${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  };
  return {
    workspace,
    sim,
    put: async (state, settings) => void (await sim('PUT', `clusters/${CONFIGURED}`, { ...settings, state })),
    putPool: async ({ id, name, nodeType, maxCapacity }) => {
      const pool = {
        instance_pool_name: name,
        node_type_id: nodeType,
        max_capacity: maxCapacity,
        min_idle_instances: 0,
      };
      await sim('PUT', `pools/${id}`, {
        ...pool,
        idle_instance_autotermination_minutes: 30,
        custom_tags: { team: 'data' },
      });
    },
    pass: async (seconds) => {
      time.now += seconds * 1_000;
    },
    close: async () => {
      await workspace.close();
      await simulator.stop();
    },
  };
}

configsContract('Databricks, simulated', makeStage);

const specified = z.looseObject({ spec: z.record(z.string(), z.unknown()) });

it('E2: a change keeps every field, also those that are newer than the SDK and those that Lakewarden never reads', async () => {
  const stage = await makeStage();
  const whole = {
    spark_version: '15.4.x-scala2.12',
    node_type_id: 'Standard_DS3_v2',
    num_workers: 4,
    worker_node_type_flexibility: { alternate_node_type_ids: ['Standard_D4s_v3'] },
    custom_tags: { team: 'data' },
    single_user_name: 'somebody@example.com',
    data_security_mode: 'SINGLE_USER',
    policy_id: 'ABC',
    autotermination_minutes: 45,
    spark_env_vars: { MODE: 'dev', DB_PASSWORD: 'hunter2' },
    spark_conf: { 'spark.driver.memory': '900g', 'fs.azure.account.key.x.dfs.core.windows.net': 'c2VjcmV0' },
  };
  await stage.put('TERMINATED', whole);
  const before = specified.parse(await stage.sim('GET', `clusters/${CONFIGURED}`)).spec;
  const set = { num_workers: 2, spark_conf: { 'spark.driver.memory': '8g' } };
  await stage.workspace.configs.update(CONFIGURED, set, wanted);
  const after = specified.parse(await stage.sim('GET', `clusters/${CONFIGURED}`)).spec;
  expect(after).toEqual({ ...before, num_workers: 2, spark_conf: { ...whole.spark_conf, ...set.spark_conf } });
  await stage.close();
});

it('E2: secrets in settings do not come out of the workspace', async () => {
  const stage = await makeStage();
  const secret = { 'fs.azure.account.key.x': 'c2VjcmV0', 'fs.azure.sas.y': '{{secrets/scope/key}}' };
  await stage.put('TERMINATED', { spark_conf: secret, spark_env_vars: { API_TOKEN: 'dapi-123', MODE: 'dev' } });
  const settings = (await stage.workspace.cluster(CONFIGURED))?.settings;
  expect(JSON.stringify(settings)).not.toMatch(/c2VjcmV0|dapi-123/);
  expect(settings).toMatchObject({
    spark_conf: { 'fs.azure.sas.y': '{{secrets/scope/key}}' },
    spark_env_vars: { MODE: 'dev' },
  });
  await stage.close();
});

it('E5: a notebook runs once for each token, and its run tells how it went', async () => {
  const stage = await makeStage();
  await stage.put('RUNNING', {});
  await stage.sim('PUT', 'objects/Shared/monitoring/test', { source: '# Databricks notebook source\nprint(1)' });
  await stage.sim('PUT', 'objects/Shared/monitoring/broken', {
    source: '# Databricks notebook source\nraise ValueError("no")',
  });
  const { notebookRuns } = stage.workspace;
  const request = { clusterId: CONFIGURED, path: '/Shared/monitoring/test', token: 'lw-1', timeoutSeconds: 600 };
  const run = await notebookRuns.submit(request);
  expect(await notebookRuns.submit(request)).toBe(run);
  expect(await notebookRuns.state(run)).toMatchObject({ over: false });
  const broken = await notebookRuns.submit({ ...request, path: '/Shared/monitoring/broken', token: 'lw-2' });
  expect(broken).not.toBe(run);
  await stage.pass(200);
  // The simulated run moves on when somebody looks.
  await notebookRuns.state(run);
  await notebookRuns.state(broken);
  await stage.pass(200);
  expect(await notebookRuns.state(run)).toMatchObject({ over: true, succeeded: true });
  expect(await notebookRuns.state(broken)).toMatchObject({ over: true, succeeded: false });
  expect(await notebookRuns.state('12')).toBeUndefined();
  await stage.close();
});

it('E2: raising a pool keeps everything else that an edit would reset', async () => {
  const stage = await makeStage();
  await stage.putPool({ id: 'pool-1', name: 'shared', nodeType: 'Standard_DS3_v2', maxCapacity: 10 });
  await stage.workspace.pools.setMaxCapacity('pool-1', 14, wanted);
  expect(await stage.sim('GET', 'pools/pool-1')).toMatchObject({
    max_capacity: 14,
    idle_instance_autotermination_minutes: 30,
    custom_tags: { team: 'data' },
  });
  await stage.close();
});
