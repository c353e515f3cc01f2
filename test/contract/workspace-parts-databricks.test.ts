// Warehouses and notebooks of the adapter against the simulated Databricks, over HTTP: what the steps rely on is what the service does.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SimulatedWorkspace, startWorkspace } from '../../local/databricks/workspace.ts';
import type { DatabricksWorkspace } from '../../shared/adapters/databricks/databricks-workspace.ts';
import { isWarehouseId, type WarehouseId } from '../../shared/domain/ids.ts';
import { ourSide, TOKEN } from '../builders/databricks-adapter.ts';
import { refusalOf } from '../builders/failures.ts';

const ID = warehouseId('f24fd0345a24b381');
const UNKNOWN = warehouseId('ffffffffffffffff');
const PATH = '/Shared/setup/größe & more';
const wanted = async () => undefined;

function warehouseId(text: string): WarehouseId {
  if (!isWarehouseId(text)) throw new Error(text);
  return text;
}

describe('the adapter over a simulated Databricks', () => {
  const time = { now: Date.parse('2026-11-20T08:00:00.000Z') };
  let simulator: SimulatedWorkspace;
  let workspace: DatabricksWorkspace;
  beforeEach(async () => {
    simulator = await startWorkspace({
      token: TOKEN,
      clock: { now: () => time.now, schedule: () => () => {} },
      emptyPageEvery: 2,
      warehouses: [{ id: ID, name: 'inference', cluster_size: 'Small', auto_stop_mins: 45, state: 'RUNNING' }],
    });
    const begun = time.now;
    const sleep = async (milliseconds: number) => {
      time.now += milliseconds;
    };
    workspace = ourSide(simulator.url, { elapsedMilliseconds: () => time.now - begun, sleep }).workspace;
  });
  afterEach(async () => {
    await workspace.close();
    await simulator.stop();
  });

  async function sim(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${simulator.url}/_sim/${path}`, init);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : await answer.json();
  }

  it('E2: stops and starts a warehouse, and sees each state on the way', async () => {
    expect(await workspace.warehouses.get(ID)).toMatchObject({ state: 'RUNNING', size: 'Small', name: 'inference' });
    expect(await workspace.warehouses.stop(ID, wanted)).toEqual({ accepted: true });
    expect((await workspace.warehouses.get(ID))?.state).toBe('STOPPING');
    time.now += 60_000;
    expect((await workspace.warehouses.get(ID))?.state).toBe('STOPPED');
    expect(await workspace.warehouses.start(ID, wanted)).toEqual({ accepted: true });
    expect((await workspace.warehouses.get(ID))?.state).toBe('STARTING');
    time.now += 300_000;
    expect((await workspace.warehouses.get(ID))?.state).toBe('RUNNING');
    expect(await workspace.warehouses.get(UNKNOWN)).toBeUndefined();
  });

  it('E2: what is no longer wanted in the last moment is not sent', async () => {
    const answer = await workspace.warehouses.stop(ID, async () => 'the run was aborted');
    expect(answer).toEqual({ accepted: false, because: 'the run was aborted' });
    expect((await workspace.warehouses.get(ID))?.state).toBe('RUNNING');
  });

  it('B1: a failed start tells its reason', async () => {
    await sim('POST', `warehouses/${ID}/fail`, { code: 'INTERNAL_ERROR', type: 'SERVICE_FAULT' });
    const pages = [];
    for await (const page of workspace.warehouses.pages()) pages.push(...page);
    expect(pages).toMatchObject([
      { id: ID, state: 'STOPPED', health: { status: 'FAILED', reason: { code: 'INTERNAL_ERROR' } } },
    ]);
  });

  it('E2: a resize keeps every other setting, although the service forgets what is not sent back', async () => {
    const settings = { tags: { custom_tags: [{ key: 'team', value: 'inference' }] }, max_num_clusters: 3 };
    await sim('PUT', `warehouses/${ID}`, { state: 'STOPPED', ...settings });
    expect(await workspace.warehouses.resize(ID, 'X-Small', wanted)).toEqual({ accepted: true });
    expect(await sim('GET', `warehouses/${ID}`)).toMatchObject({
      cluster_size: 'X-Small',
      auto_stop_mins: 45,
      name: 'inference',
      ...settings,
    });
  });

  it('E2: a notebook is created with its folders, exported as it was, and never replaces another one', async () => {
    const source = 'CREATE DATABASE größe; -- 😀';
    const notebook = { language: 'SQL', source } as const;
    expect(await workspace.notebooks.status(PATH)).toBeUndefined();
    expect(await workspace.notebooks.source(PATH)).toBeUndefined();
    expect(await workspace.notebooks.create(PATH, notebook, wanted)).toEqual({ accepted: true });
    const status = await workspace.notebooks.status(PATH);
    expect(status).toMatchObject({ path: PATH, language: 'SQL' });
    expect(await workspace.notebooks.source(PATH)).toContain(source);
    const again = await workspace.notebooks.create(PATH, { language: 'SQL', source: 'DROP' }, wanted);
    expect(again).toMatchObject({ accepted: false });
    const pages = [];
    for await (const page of workspace.notebooks.below('/Shared')) pages.push(...page);
    expect(pages).toEqual([status]);
    const none = [];
    for await (const page of workspace.notebooks.below('/Shared/nowhere')) none.push(...page);
    expect(none).toEqual([]);
  });

  it('E5: permissions are read without what is inherited, and set as a whole', async () => {
    await workspace.notebooks.create(PATH, { language: 'PYTHON', source: 'print(1)' }, wanted);
    const { objectId = '' } = (await workspace.notebooks.status(PATH)) ?? {};
    const entries = [
      { principal: 'group_name', name: 'data-engineers', level: 'CAN_RUN' },
      { principal: 'user_name', name: 'ada@example.com', level: 'CAN_MANAGE' },
    ] as const;
    expect(await workspace.notebooks.setAccess(objectId, entries, wanted)).toEqual({ accepted: true });
    const read = await workspace.notebooks.access(objectId);
    expect([...read].sort((a, b) => a.name.localeCompare(b.name))).toEqual(
      [...entries].sort((a, b) => a.name.localeCompare(b.name)),
    );
    expect(await refusalOf(workspace.notebooks.access('../jobs/1'))).toBeDefined();
  });
});

// Statements take time that nobody else moves.
it('E5: a query is answered, fails with words, or is not answered at all', async () => {
  const warehouses = [{ id: ID, name: 'inference', state: 'RUNNING' as const }];
  const simulator = await startWorkspace({ token: TOKEN, warehouses });
  const { workspace } = ourSide(simulator.url);
  try {
    expect(await workspace.warehouses.query(ID, 'SELECT 1', 30)).toEqual({ answered: true, text: '1' });
    const failed = await workspace.warehouses.query(ID, 'SELECT 1 FROM `nowhere`.`nothing` LIMIT 1', 30);
    expect(failed).toMatchObject({ answered: false, because: expect.stringContaining('nothing') });
    const body = JSON.stringify({ queries: { mode: 'fail', message: 'no space left' } });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${simulator.url}/_sim/warehouses/${ID}`, { method: 'PUT', headers, body });
    expect(await workspace.warehouses.query(ID, 'SELECT 1', 30)).toMatchObject({ answered: false });
  } finally {
    await workspace.close();
    await simulator.stop();
  }
});
