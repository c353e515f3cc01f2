// Looks at a workspace over REST, against the simulated Databricks: tried once, sorted into answer, refusal and fault, and never starting anything.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SimulatedWorkspace, startWorkspace } from '../../local/databricks/workspace.ts';
import type { WorkspaceOptions } from '../../shared/adapters/databricks/options.ts';
import { isWarehouseId, type WarehouseId } from '../../shared/domain/ids.ts';
import type { WorkspaceProbe } from '../../shared/ports/workspace-probe.ts';
import { bareGet, errorBody, ourSide, status, TOKEN, trapBench } from '../builders/databricks-adapter.ts';

const RUNS = warehouseId('f24fd0345a24b381');
const STOPPED = warehouseId('9e61e3e42423aabc');
const UNKNOWN = warehouseId('ffffffffffffffff');
const CLUSTER = '0424-035941-pl8ku9sr';
const SECONDS = 8;

function warehouseId(text: string): WarehouseId {
  if (!isWarehouseId(text)) throw new Error(text);
  return text;
}

/** Every look, with a warehouse that runs. */
const looks: Readonly<Record<string, (probe: WorkspaceProbe) => Promise<{ readonly outcome: string }>>> = {
  authenticate: (probe) => probe.authenticate(SECONDS),
  listClusters: (probe) => probe.listClusters(SECONDS),
  warehouse: (probe) => probe.warehouse(RUNS, SECONDS),
  statement: (probe) => probe.statement(RUNS, 'SELECT 1', SECONDS),
  access: (probe) => probe.access('cluster', CLUSTER, SECONDS),
};

describe('looks at the simulated workspace', () => {
  let simulator: SimulatedWorkspace;
  const sides: ReturnType<typeof ourSide>[] = [];
  beforeEach(async () => {
    simulator = await startWorkspace({
      token: TOKEN,
      timeScale: 100,
      clusters: [{ cluster_id: CLUSTER, cluster_name: 'inference' }],
      warehouses: [
        { id: RUNS, name: 'inference', cluster_size: 'Small', auto_stop_mins: 45, state: 'RUNNING' },
        { id: STOPPED, name: 'dashboard', cluster_size: 'Small', auto_stop_mins: 10, state: 'STOPPED' },
      ],
    });
  });
  afterEach(async () => {
    await Promise.all(sides.splice(0).map(({ workspace }) => workspace.close()));
    await simulator.stop();
  });

  function probeOf(options: Partial<WorkspaceOptions> = {}): WorkspaceProbe {
    const side = ourSide(simulator.url, options);
    sides.push(side);
    return side.workspace.probe;
  }

  async function sim(method: string, path: string, body?: unknown) {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${simulator.url}/_sim/${path}`, init);
    return answer.status === 204 ? undefined : await answer.json();
  }

  it.each(Object.entries(looks))('B4: %s comes through', async (_name, look) => {
    expect(await look(probeOf())).toMatchObject({ outcome: 'ok' });
  });

  it('B4: tells the state of a warehouse and when it stops by itself', async () => {
    const probe = probeOf();
    expect(await probe.warehouse(RUNS, SECONDS)).toMatchObject({ value: { state: 'RUNNING', autoStopMinutes: 45 } });
    expect(await probe.warehouse(STOPPED, SECONDS)).toMatchObject({ value: { state: 'STOPPED', autoStopMinutes: 10 } });
    expect(await probe.warehouse(UNKNOWN, SECONDS)).toMatchObject({ outcome: 'refused' });
  });

  it('B4: a statement that fails is an answer with its words', async () => {
    expect(await probeOf().statement(RUNS, 'SELECT 1 FROM nowhere.nothing', SECONDS)).toMatchObject({
      outcome: 'ok',
      value: { answered: false, because: expect.stringMatching(/nothing/) },
    });
  });

  it('B4: looking starts nothing', async () => {
    const probe = probeOf();
    for (const look of Object.values(looks)) await look(probe);
    await probe.warehouse(STOPPED, SECONDS);
    expect(await probe.warehouse(STOPPED, SECONDS)).toMatchObject({ value: { state: 'STOPPED' } });
  });

  it.each(Object.entries(looks))('B4: %s is tried once, whatever comes', async (_name, look) => {
    for (const fault of [{ kind: 'status', status: 503 }, { kind: 'reset' }, { kind: 'html' }, { kind: 'redirect' }]) {
      await sim('DELETE', 'calls');
      await sim('POST', 'faults', { fault, times: 5 });
      expect(await look(probeOf()), fault.kind).toMatchObject({ outcome: 'failed' });
      expect(await sim('GET', 'calls'), fault.kind).toHaveLength(1);
      await sim('DELETE', 'faults');
    }
  });

  it.each([401, 403, 404, 429])('B4: %i is a refusal, and a refusal is an answer', async (code) => {
    await sim('POST', 'faults', { fault: { kind: 'status', status: code } });
    for (const look of Object.values(looks)) {
      expect(await look(probeOf())).toMatchObject({ outcome: 'refused', status: code });
    }
  });

  it('B4: one that hangs ends within its time', async () => {
    await sim('POST', 'faults', { fault: { kind: 'hang' } });
    expect(await probeOf().authenticate(0.3)).toMatchObject({
      outcome: 'failed',
      because: 'no answer before the deadline',
    });
  });

  it('E10: without room in the budget nothing is sent, and nothing waits', async () => {
    let left = 2;
    const probe = probeOf({
      admit: () => Promise.reject(new Error('a look must not wait for the budget')),
      admitNow: async () => left-- > 0,
    });
    expect(await probe.authenticate(SECONDS)).toMatchObject({ outcome: 'ok' });
    expect(await probe.mayCall()).toBe(true);
    await sim('DELETE', 'calls');
    expect(await probe.mayCall()).toBe(false);
    for (const look of Object.values(looks)) expect(await look(probe)).toMatchObject({ outcome: 'skipped' });
    expect(await sim('GET', 'calls')).toEqual([]);
  });

  it('B4: what hangs in other calls does not hide that the workspace answers', async () => {
    const side = ourSide(simulator.url, { concurrency: 1, deadlineSeconds: 30, retryBudgetSeconds: 30 });
    sides.push(side);
    await sim('POST', 'faults', { match: { path: 'clusters/get' }, fault: { kind: 'hang' } });
    const hanging = side.workspace.libraries(CLUSTER as never).then(() => side.workspace.cluster(CLUSTER as never));
    hanging.catch(() => undefined);
    await expect.poll(async () => JSON.stringify(await sim('GET', 'calls'))).toContain('clusters/get');
    expect(await side.workspace.probe.authenticate(SECONDS)).toMatchObject({ outcome: 'ok' });
  });

  it.each([
    ['cluster', 'no/../such'],
    ['warehouse', '9e61e3e42423aab/'],
    ['job', '12?x=1'],
  ] as const)('B4: an id of a %s that would change the path is never sent', async (kind, id) => {
    expect(await probeOf().access(kind, id, SECONDS)).toMatchObject({ outcome: 'skipped' });
    expect(await sim('GET', 'calls')).toEqual([]);
  });
});

describe('looks at something that is not a workspace', () => {
  const bench = trapBench();

  it('B4: an answer of another form is a fault, not a workspace that works', async () => {
    const server = await bench.server(status(200, { hello: 'world' }));
    const { workspace } = bench.ours(server.url);
    expect(await bareGet(server.url, '/api/2.0/preview/scim/v2/Me')).toEqual({ hello: 'world' });
    for (const name of ['authenticate', 'warehouse', 'statement', 'access'])
      expect(await looks[name]?.(workspace.probe), name).toMatchObject({ outcome: 'failed' });
  });

  it('B4: Databricks’ own words are kept', async () => {
    const server = await bench.server(status(403, errorBody('PERMISSION_DENIED', 'not yours')));
    const { workspace } = bench.ours(server.url);
    expect(await workspace.probe.authenticate(SECONDS)).toMatchObject({ because: '403 PERMISSION_DENIED not yours' });
  });

  it('B4: nobody listening is a fault of the way', async () => {
    const server = await bench.server(status(200));
    await server.close();
    const { workspace } = bench.ours(server.url);
    expect(await workspace.probe.authenticate(SECONDS)).toMatchObject({
      outcome: 'failed',
      because: 'the connection failed (ECONNREFUSED)',
    });
  });
});
