// Looking at the workspaces ourselves, over the in-memory house: what is kept, what is told to the assessment, and what is never done.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { Unavailable } from '../../../shared/domain/errors.ts';
import type { Estate } from '../../../shared/domain/estate/estate.ts';
import { isWarehouseId, type WarehouseId } from '../../../shared/domain/ids.ts';
import type { ProbeSample } from '../../../shared/domain/probes/sample.ts';
import type { Testimony } from '../../../shared/domain/regions/testimony.ts';
import { probeRegions } from '../../../shared/usecases/probes/probe-regions.ts';
import { showProbes } from '../../../shared/usecases/probes/show-probes.ts';
import { House } from '../../builders/house.ts';

const PRIMARY = 'https://databricks-dev.azuredatabricks.net';
const DR = 'https://databricks-dr.azuredatabricks.net';
const INFERENCE = warehouseId('f24fd0345a24b381');
const DASHBOARD = warehouseId('9e61e3e42423aabc');
const MINUTE_MS = 60_000;

function warehouseId(text: string): WarehouseId {
  if (!isWarehouseId(text)) throw new Error(text);
  return text;
}

let house: House;
beforeEach(() => {
  house = new House();
  // What the estate lists is there; only what a test starts runs.
  for (const id of [INFERENCE, DASHBOARD]) house.workspace.warehouses.put(id, { target: 'STOPPED' });
});

async function pass(times = 1): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const next = house.clock.now().getTime() + MINUTE_MS;
    await lookAround();
    await house.clock.advance(next - house.clock.now().getTime());
  }
}

/** While a look waits to be confirmed, time goes on. */
async function lookAround(): Promise<void> {
  let over = false;
  const running = probeRegions(house.ports).finally(() => {
    over = true;
  });
  while (!over) {
    await nextTurn();
    if (house.clock.sleeping > 0) await house.clock.advance(1_000);
  }
  await running;
}

async function said(region: string): Promise<Testimony | undefined> {
  return (await house.ports.witnesses.of(region)).find(({ source }) => source === 'probes');
}

function looks(kind: ProbeSample['kind'], workspace = 'databricks-dev'): Promise<readonly ProbeSample[]> {
  return house.ports.probes.newest({ target: `workspace/${workspace}`, kind }, new Date(0), 1_000);
}

describe('looks every minute', () => {
  it('B4: both regions are healthy when their workspaces answer', async () => {
    await pass();
    expect(await said('eastus')).toMatchObject({ says: 'healthy', witness: 'probe/databricks-dev' });
    expect(await said('westus2')).toMatchObject({ says: 'healthy', witness: 'probe/databricks-dr' });
  });

  it('B4: a workspace that answers wrongly is degraded from the second time and in outage when it is steady; the other is not touched', async () => {
    await pass();
    house.ports.network.broken.set(PRIMARY, 'http');
    await pass();
    expect(await said('eastus'), 'one lost look is noise').toMatchObject({ says: 'healthy' });
    const running = probeRegions(house.ports);
    await expect.poll(() => house.clock.sleeping).toBe(1);
    expect(await said('eastus')).toMatchObject({ says: 'degraded', fate: 'workspace/databricks-dev' });
    expect(await said('westus2')).toMatchObject({ says: 'healthy' });
    // The third look follows at once.
    await house.clock.advance(8_000);
    await running;
    expect(await said('eastus')).toMatchObject({ says: 'outage', fate: 'workspace/databricks-dev' });
    expect(await said('westus2')).toMatchObject({ says: 'healthy' });
    house.ports.network.broken.clear();
    await pass(5);
    expect(await said('eastus')).toMatchObject({ says: 'healthy' });
  });

  it('B4: a fault that is over by the look that confirms was none to be called out', async () => {
    await pass();
    house.ports.network.broken.set(PRIMARY, 'http');
    await pass();
    const running = probeRegions(house.ports);
    await expect.poll(() => house.clock.sleeping).toBe(1);
    house.ports.network.broken.clear();
    await house.clock.advance(8_000);
    await running;
    expect(await said('eastus')).toMatchObject({ says: 'degraded' });
    await pass(5);
    expect(await said('eastus')).toMatchObject({ says: 'healthy' });
  });

  it('B4: a look that confirms while our own network is broken confirms nothing', async () => {
    await pass();
    house.ports.network.broken.set(PRIMARY, 'tcp');
    await pass();
    const running = probeRegions(house.ports);
    await expect.poll(() => house.clock.sleeping).toBe(1);
    house.ports.network.broken.set('*', 'tcp');
    await house.clock.advance(8_000);
    await running;
    expect(await said('eastus')).toMatchObject({ says: 'unknown', words: expect.stringMatching(/our own network/) });
    await pass(3);
    expect(await said('eastus')).toMatchObject({ says: 'unknown' });
    expect((await looks('shallow')).filter(({ outcome }) => outcome === 'failed')).toHaveLength(2);
  });

  it('B4: where operations run faster the look that confirms comes as much sooner', async () => {
    const { clock } = house;
    clock.millisecondsOf = (seconds) => (seconds * 1_000) / 30;
    await pass();
    house.ports.network.broken.set(PRIMARY, 'http');
    await pass();
    const running = probeRegions(house.ports);
    await expect.poll(() => clock.sleeping).toBe(1);
    await clock.advance(300);
    await running;
    expect(await said('eastus')).toMatchObject({ says: 'outage' });
  });

  it('B4: one workspace that is not reached at all is an outage, by the fate of our network', async () => {
    house.ports.network.broken.set(PRIMARY, 'tcp');
    await pass(3);
    expect(await said('eastus')).toMatchObject({ says: 'outage', fate: 'our-network' });
  });

  it('B4: when nothing at all is reached it is our own network: everybody is unknown, and nobody has failed afterwards', async () => {
    await pass(5);
    house.ports.network.broken.set('*', 'tcp');
    await pass(5);
    for (const region of ['eastus', 'westus2']) expect(await said(region)).toMatchObject({ says: 'unknown' });
    house.ports.network.broken.clear();
    await pass();
    for (const region of ['eastus', 'westus2']) expect(await said(region)).toMatchObject({ says: 'healthy' });
    expect((await looks('shallow')).filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });

  it('B4: both workspaces gone while the control witnesses answer is an outage of both', async () => {
    house.ports.network.broken.set(PRIMARY, 'dns').set(DR, 'tcp');
    await pass(3);
    for (const region of ['eastus', 'westus2']) expect(await said(region)).toMatchObject({ says: 'outage' });
  });

  it('B4: the control witnesses are asked only when no workspace is reached', async () => {
    await pass(2);
    expect(new Set(house.ports.network.reached)).toEqual(new Set([PRIMARY, DR]));
  });

  it('E10: a look for which the budget of calls has no room is skipped, and is no failure', async () => {
    house.workspace.probe.budget = 0;
    await pass(4);
    expect(house.ports.network.reached).not.toContain(PRIMARY);
    expect(await said('eastus')).toMatchObject({ says: 'unknown', words: expect.stringMatching(/budget of calls/) });
    expect((await looks('shallow')).map(({ outcome }) => outcome)).toEqual(Array(4).fill('skipped'));
  });

  it('B4: a workspace that hangs delays no other', async () => {
    const hanging = Promise.withResolvers<void>();
    house.ports.network.before = (origin) => (origin === PRIMARY ? hanging.promise : Promise.resolve());
    const running = probeRegions(house.ports);
    await expect.poll(() => said('westus2')).toMatchObject({ says: 'healthy' });
    expect(await said('eastus')).toBeUndefined();
    hanging.resolve();
    await running;
    expect(await said('eastus')).toMatchObject({ says: 'healthy' });
  });

  it('B4: passes never overlap at one workspace: the second leaves it to the first', async () => {
    const hanging = Promise.withResolvers<void>();
    house.ports.network.before = () => hanging.promise;
    const first = probeRegions(house.ports);
    await expect.poll(() => house.ports.network.reached.length).toBe(2);
    const second = await probeRegions(house.ports);
    expect(second.map(({ shallow }) => shallow)).toEqual([undefined, undefined]);
    hanging.resolve();
    await first;
    expect(house.ports.network.reached).toHaveLength(2);
  });

  it('B4: trouble of our own at one workspace is thrown, after the others were looked at', async () => {
    const broken = new Unavailable('store-unavailable', 'away');
    const ports = {
      ...house.ports,
      leases: {
        take: (name: string, ...rest: [string, Date, Date]) =>
          name === 'probe/databricks-dev' ? Promise.reject(broken) : house.ports.leases.take(name, ...rest),
        release: () => Promise.resolve(),
      },
    };
    house.ports.network.broken.set(DR, 'tcp');
    await expect(probeRegions(ports)).rejects.toBe(broken);
    // Nobody knows of the first one: so it is not our network.
    expect((await looks('shallow', 'databricks-dr'))[0]).toMatchObject({ outcome: 'failed', failedAt: 'tcp' });
  });

  it('B4: slow beside its own last hour is degraded', async () => {
    await pass(30);
    house.ports.network.slow.set(PRIMARY, 800);
    await pass(3);
    expect(await said('eastus')).toMatchObject({
      says: 'degraded',
      words: expect.stringMatching(/usually within 20 ms/),
    });
  });
});

describe('looking deeper', () => {
  // One of the two that the estate lists is enough.
  beforeEach(() => house.workspace.warehouses.put(DASHBOARD, { target: 'STOPPED' }));

  it('B4: every five minutes it signs in, lists, reads and looks at an access list', async () => {
    house.workspace.warehouses.put(INFERENCE);
    await pass(11);
    expect(await looks('deep')).toHaveLength(3);
    expect(house.workspace.probe.calls.slice(0, 6)).toEqual([
      'authenticate',
      'list',
      `state ${INFERENCE}`,
      `state ${INFERENCE}`,
      `SELECT 1 on RUNNING ${INFERENCE}`,
      'access cluster 0424-035941-pl8ku9sr',
    ]);
  });

  it('B4: it reads the canary table of the warehouse that has one', async () => {
    house = new House({ estate: withTestTable });
    house.workspace.warehouses.put(INFERENCE);
    house.workspace.warehouses.put(DASHBOARD);
    await pass();
    expect(house.workspace.probe.calls).toContain(
      `SELECT 1 FROM \`monitoring_db\`.\`query_metrics\` LIMIT 1 on RUNNING ${DASHBOARD}`,
    );
    house.workspace.warehouses.hide(DASHBOARD, '`query_metrics`');
    await house.clock.advance(30 * MINUTE_MS);
    await pass();
    expect((await looks('deep'))[0]).toMatchObject({ outcome: 'failed', failedAt: 'statement' });
    const asked = statements().length;
    await pass(9);
    // Once more five minutes later, and then not again before it could have stopped.
    expect(statements()).toHaveLength(asked + 1);
    expect(await said('eastus')).toMatchObject({ says: 'degraded' });
  });

  it('B4: no statement goes to a warehouse that does not run', async () => {
    house.workspace.warehouses.put(INFERENCE, { target: 'STOPPED' });
    await pass(20);
    expect(statements()).toEqual([]);
    const [newest] = await looks('deep');
    expect(newest).toMatchObject({ outcome: 'ok' });
    expect(newest?.checks.find(({ name }) => name === 'statement')).toMatchObject({
      outcome: 'skipped',
      because: expect.stringMatching(/inference is STOPPED/),
    });
  });

  it('B4: nor to one that has stopped between the first look and the last', async () => {
    house.workspace.warehouses.put(INFERENCE);
    house.workspace.probe.afterState = () => house.workspace.warehouses.put(INFERENCE, { target: 'STOPPED' });
    await pass();
    expect(statements()).toEqual([]);
    expect(house.workspace.probe.calls.filter((call) => call.startsWith('state'))).toHaveLength(2);
  });

  it('B4: statements come too seldom to keep a warehouse from stopping by itself', async () => {
    house.workspace.warehouses.put(INFERENCE, { autoStopMinutes: 45 });
    await pass(150);
    // At 0, 50 and 100 minutes: after each, 45 minutes pass in which nothing is asked.
    expect(statements()).toHaveLength(3);
  });

  it('B4: a warehouse that never stops by itself gets one each time', async () => {
    house.workspace.warehouses.put(INFERENCE, { autoStopMinutes: 0 });
    await pass(30);
    expect(statements()).toHaveLength(6);
  });

  it('B4: what fails deeper down while the control plane answers is degraded, no outage', async () => {
    house.workspace.probe.ordered.set('listClusters', { outcome: 'failed', milliseconds: 9, because: '500 no' });
    await pass(16);
    expect(await said('eastus')).toMatchObject({ says: 'degraded', fate: 'workspace/databricks-dev' });
    expect((await looks('deep'))[0]?.because).toBe('List: 500 no');
  });

  it.each([401, 403, 429])('B4: %i is an answer about ourselves: the region stays healthy', async (status) => {
    house.workspace.probe.ordered.set('authenticate', { outcome: 'refused', milliseconds: 9, status, because: 'no' });
    await pass(6);
    expect(await said('eastus')).toMatchObject({ says: 'healthy' });
    expect((await looks('deep'))[0]).toMatchObject({ outcome: 'skipped', because: 'Authentication: no' });
    // Who is not let in does not go on asking.
    expect(new Set(house.workspace.probe.calls)).toEqual(new Set(['authenticate']));
  });

  it('B4: nothing is looked at deeper while the control plane does not answer', async () => {
    house.ports.network.broken.set(PRIMARY, 'http');
    await pass(6);
    expect(house.workspace.probe.calls).toEqual([]);
  });
});

describe('what is shown', () => {
  it('B4: each workspace with how it does, and the looks of one on request', async () => {
    house.ports.network.broken.set(PRIMARY, 'tls');
    await pass(2);
    const all = await showProbes(house.ports, { hours: 1 });
    expect(all.map(({ workspace, shallow }) => [workspace, shallow.is])).toEqual([
      ['databricks-dev', 'steady'],
      ['databricks-dr', 'well'],
    ]);
    expect(all[0]).not.toHaveProperty('samples');
    const [one] = await showProbes(house.ports, { workspace: 'databricks-dev', hours: 1 });
    expect(one?.samples?.shallow.map(({ because }) => because)).toEqual(Array(3).fill('TLS: ordered by the test'));
    await expect(showProbes(house.ports, { workspace: 'nobody', hours: 1 })).rejects.toThrow(/no workspace nobody/);
  });
});

function statements(): readonly string[] {
  return house.workspace.probe.calls.filter((call) => call.startsWith('SELECT'));
}

function withTestTable(estate: Estate): Estate {
  const copy = structuredClone(estate);
  for (const component of copy.pairs[0]?.primary.components ?? []) {
    if (component.kind === 'warehouse' && component.id === DASHBOARD)
      component.testTable = 'monitoring_db.query_metrics';
  }
  return copy;
}
