// What the simulated HCP Terraform refuses, limits and is quiet about, by bare HTTP; and that its runs really act on Databricks.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  aTerraform,
  CLUSTER_ADDRESS,
  CLUSTER_ID,
  clusterNames,
  ORGANIZATION,
  OTHER_ADDRESS,
  OTHER_ID,
  type TerraformBench,
  vanish,
  WORKSPACE,
} from '../builders/simulated-terraform.ts';
import { call } from '../builders/simulated-workspace.ts';

let bench: TerraformBench;
let workspaceId: string;

beforeEach(async () => {
  bench = await aTerraform();
  const { json } = await bench.api('GET', `/organizations/${ORGANIZATION}/workspaces/${WORKSPACE}`);
  workspaceId = json.data.id;
});
afterEach(() => bench.stop());

function order(attributes: Record<string, unknown> = {}, id = workspaceId) {
  const relationships = { workspace: { data: { type: 'workspaces', id } } };
  return { data: { type: 'runs', attributes: { 'target-addrs': [CLUSTER_ADDRESS], ...attributes }, relationships } };
}

async function start(attributes: Record<string, unknown> = {}): Promise<string> {
  const { status, json } = await bench.api('POST', '/runs', order(attributes));
  expect(status).toBe(201);
  return json.data.id;
}

async function runOf(id: string) {
  return (await bench.api('GET', `/runs/${id}`)).json.data.attributes;
}

async function countsOf(id: string): Promise<number[]> {
  const { json } = await bench.api('GET', `/plans/${id.replace('run-', 'plan-')}`);
  const { attributes } = json.data;
  return [attributes['resource-additions'], attributes['resource-changes'], attributes['resource-destructions']];
}

async function finish(id: string): Promise<string> {
  await bench.pass(40);
  expect((await bench.api('POST', `/runs/${id}/actions/apply`, {})).status).toBe(202);
  await bench.pass(400);
  return (await runOf(id)).status;
}

/** What the log says, which no API attribute does. */
async function logOf(id: string): Promise<string> {
  const { json } = await call(`${bench.terraform}/_sim/workspaces/${WORKSPACE}`, 'GET');
  return json.runs.find((run: { id: string }) => run.id === id)?.log;
}

describe('the simulated HCP Terraform refuses', () => {
  it('L3: another token with 401, and what the token may not see with 404 like what is not there', async () => {
    const bad = { authorization: 'Bearer wrong' };
    expect((await bench.api('GET', `/workspaces/${workspaceId}`, undefined, bad)).status).toBe(401);
    await bench.conduct({ access: 'none' });
    const hidden = await bench.api('GET', `/workspaces/${workspaceId}`);
    const absent = await bench.api('GET', '/workspaces/ws-nothing');
    expect([hidden.status, hidden.text]).toEqual([404, absent.text]);
  });

  it('L3: to queue with the right to read, and to apply with the right to plan, by 404', async () => {
    await bench.conduct({ access: 'read' });
    expect((await bench.api('POST', '/runs', order())).status).toBe(404);
    await bench.conduct({ access: 'plan' });
    await vanish(bench, CLUSTER_ID);
    const id = await start();
    await bench.pass(40);
    expect((await bench.api('POST', `/runs/${id}/actions/apply`, {})).status).toBe(404);
    expect((await bench.api('POST', `/runs/${id}/actions/discard`, {})).status).toBe(202);
  });

  it.each([
    ['a destroy run', { 'is-destroy': true }],
    ['an address that is none', { 'target-addrs': ['not an address'] }],
    ['a variable that is no text', { variables: [{ key: 'replicas', value: 2 }] }],
    ['what it does not simulate', { 'replace-addrs': [CLUSTER_ADDRESS] }],
  ])('L3: %s with 422', async (_what, attributes) => {
    const { status, json } = await bench.api('POST', '/runs', order(attributes));
    expect([status, json.errors[0].status]).toEqual([422, '422']);
  });

  it('L3: another media type with 415', async () => {
    const json = { 'content-type': 'application/json' };
    expect((await bench.api('POST', '/runs', order(), json)).status).toBe(415);
  });

  it.each(['apply', 'discard', 'cancel', 'force-cancel'])('L3: %s of a run at its end with 409', async (action) => {
    const id = await start();
    await bench.pass(60);
    expect((await runOf(id)).status).toBe('planned_and_finished');
    expect((await bench.api('POST', `/runs/${id}/actions/${action}`, {})).status).toBe(409);
  });

  it('L3: force-cancel before a cancel and its cool-off', async () => {
    await vanish(bench, CLUSTER_ID);
    const id = await start();
    await bench.pass(5);
    expect((await bench.api('POST', `/runs/${id}/actions/force-cancel`, {})).status).toBe(409);
    expect((await bench.api('POST', `/runs/${id}/actions/cancel`, {})).status).toBe(202);
    expect((await bench.api('POST', `/runs/${id}/actions/force-cancel`, {})).status).toBe(409);
  });

  it('L3: a 31st list of runs in a minute, and a 31st call in a second, with the seconds to wait', async () => {
    const list = () => bench.api('GET', `/workspaces/${workspaceId}/runs`);
    const answers = await Promise.all(Array.from({ length: 31 }, list));
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('x-ratelimit-reset'))).toBeGreaterThan(0);
    expect(refused?.headers.get('retry-after')).toBeNull();
    await bench.pass(2);
    expect((await bench.api('GET', `/workspaces/${workspaceId}`)).status).toBe(200);
    const again = await Promise.all([list(), list(), list()]);
    expect(again.map(({ status }) => status)).toContain(429);
  });
});

describe('the simulated HCP Terraform plans and applies', () => {
  it('L3: what stands as written is no change, also when it is terminated', async () => {
    await bench.call('PUT', `/_sim/clusters/${CLUSTER_ID}`, { state: 'TERMINATED' });
    const id = await start();
    await bench.pass(40);
    expect(await runOf(id)).toMatchObject({ status: 'planned_and_finished', 'has-changes': false });
  });

  it('L3: what was changed by hand is changed back', async () => {
    await bench.call('PUT', `/_sim/clusters/${CLUSTER_ID}`, { num_workers: 7 });
    const id = await start();
    await bench.pass(40);
    expect(await countsOf(id)).toEqual([0, 1, 0]);
    expect(await finish(id)).toBe('applied');
    const { json } = await bench.call('GET', `/api/2.1/clusters/get?cluster_id=${CLUSTER_ID}`);
    expect(json.num_workers).toBe(2);
  });

  it('L3: what vanished is created with another id and its old settings, and nothing that was not targeted', async () => {
    await vanish(bench, CLUSTER_ID);
    await vanish(bench, OTHER_ID);
    const id = await start();
    await bench.pass(40);
    expect(await countsOf(id)).toEqual([1, 0, 0]);
    expect(await finish(id)).toBe('applied');
    const { json } = await bench.call('GET', '/_sim/clusters');
    expect(json).toHaveLength(1);
    expect(json[0]).toMatchObject({ cluster_name: 'inference', num_workers: 2, state: 'RUNNING' });
    expect(json[0].cluster_id).not.toBe(CLUSTER_ID);
    const outputs = await bench.api('GET', `/workspaces/${workspaceId}/current-state-version-outputs`);
    expect(outputs.text).toContain(json[0].cluster_id);
  });

  it('L3: a target takes what it depends on with it', async () => {
    await bench.conduct({ dependsOn: { [CLUSTER_ADDRESS]: [OTHER_ADDRESS] } });
    await vanish(bench, CLUSTER_ID);
    await bench.call('PUT', `/_sim/clusters/${OTHER_ID}`, { num_workers: 9 });
    const id = await start();
    await bench.pass(40);
    expect(await countsOf(id)).toEqual([1, 1, 0]);
  });

  it('L3: a cluster that fails to start fails the apply, and is gone for good', async () => {
    await vanish(bench, CLUSTER_ID);
    const id = await start();
    await bench.pass(40);
    await bench.api('POST', `/runs/${id}/actions/apply`, {});
    await bench.pass(20);
    const { json } = await bench.call('GET', '/_sim/clusters');
    const made = json.find((cluster: { cluster_name: string }) => cluster.cluster_name === 'inference');
    await bench.call('PUT', `/_sim/clusters/${made.cluster_id}`, {
      state: 'TERMINATED',
      termination_reason: { code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT' },
    });
    await bench.pass(30);
    expect((await runOf(id)).status).toBe('errored');
    expect(await logOf(id)).toContain('CLOUD_PROVIDER_RESOURCE_STOCKOUT');
    expect(await clusterNames(bench)).toEqual(['monitoring']);
  });

  it('L3: what was cut off is tainted, and replaced by the next run', async () => {
    await vanish(bench, CLUSTER_ID);
    const first = await start();
    await bench.pass(40);
    await bench.api('POST', `/runs/${first}/actions/apply`, {});
    await bench.pass(20);
    await bench.api('POST', `/runs/${first}/actions/cancel`, {});
    await bench.pass(10);
    expect((await runOf(first)).status).toBe('canceled');
    const second = await start();
    await bench.pass(40);
    expect(await countsOf(second)).toEqual([1, 0, 1]);
    expect(await finish(second)).toBe('applied');
    expect(await clusterNames(bench)).toEqual(['inference', 'monitoring']);
  });

  it('L3: a variable that is no literal fails the plan; one that is does not', async () => {
    const bad = await start({ variables: [{ key: 'region', value: 'westeurope' }] });
    const good = await start({ variables: [{ key: 'region', value: '"westeurope"' }] });
    await bench.pass(80);
    expect([(await runOf(bad)).status, (await runOf(good)).status]).toEqual(['errored', 'planned_and_finished']);
  });

  it('L3: a plan-only run waits for nobody and applies nothing', async () => {
    await vanish(bench, CLUSTER_ID);
    await start();
    const looked = await start({ 'plan-only': true });
    await bench.pass(40);
    expect(await runOf(looked)).toMatchObject({ status: 'planned_and_finished', 'has-changes': true });
    expect(await clusterNames(bench)).toEqual(['monitoring']);
  });

  it('L3: a workspace that cannot be reached fails the plan, and says so in its log only', async () => {
    const fault = { match: { path: '/clusters/get' }, fault: { kind: 'status', status: 403 } };
    await bench.call('POST', '/_sim/faults', fault);
    const id = await start();
    await bench.pass(60);
    expect((await runOf(id)).status).toBe('errored');
    expect(await logOf(id)).toContain('cannot read cluster: 403');
  });
});
