// Listed components that their workspace no longer knows: found by the poll once, recreated where the estate says how, else a person's.
import { describe, expect, it } from 'vitest';
import type { Estate } from '../../../shared/domain/estate/estate.ts';
import { type ClusterId, isClusterId, isWarehouseId, type WarehouseId } from '../../../shared/domain/ids.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import { House, type HouseOptions } from '../../builders/house.ts';
import { NOTHING } from '../../builders/memory-provisioner.ts';
import { order, ticket } from '../../builders/operators.ts';
import { give, HOUR } from '../../builders/standing-orders.ts';

const CLUSTER = clusterId('0424-035941-pl8ku9sr');
const NEW_CLUSTER = clusterId('1120-080130-brandnew');
const CLUSTER_CODE = 'module.compute.databricks_cluster.inference_cluster';
const WAREHOUSE = warehouseId('f24fd0345a24b381');
const OTHER_WAREHOUSE = warehouseId('9e61e3e42423aabc');
const NEW_WAREHOUSE = warehouseId('00000000000000aa');
const WAREHOUSE_CODE = 'module.compute.databricks_sql_endpoint.inference_warehouse';
const NOTEBOOK = '/Shared/setup/create_inference_database';
const NOTEBOOK_CODE = 'module.inference.databricks_notebook.create_inference_database';

function clusterId(text: string): ClusterId {
  if (!isClusterId(text)) throw new Error(text);
  return text;
}

function warehouseId(text: string): WarehouseId {
  if (!isWarehouseId(text)) throw new Error(text);
  return text;
}

type Change = (component: Estate['pairs'][number]['primary']['components'][number]) => object;

function changed(change: Change): (estate: Estate) => Estate {
  return (estate) => ({
    ...estate,
    pairs: estate.pairs.map((pair) => ({
      ...pair,
      primary: {
        ...pair.primary,
        components: pair.primary.components.map((one) => Object.assign({ ...one }, change(one))),
      },
    })),
  });
}

/** Everything is repaired by itself. */
function aHouse(options: HouseOptions = {}, change: Change = () => ({})): House {
  const estate = changed((component) => ({ autonomy: 'auto', ...change(component) }));
  const house = new House({ estate, ...options });
  const { provisioner, workspace } = house;
  const { warehouses, notebooks } = workspace;
  const made = { ...NOTHING, additions: 1 };
  provisioner.put(CLUSTER_CODE, { plan: () => made, apply: () => appear(house) });
  provisioner.put(WAREHOUSE_CODE, {
    plan: () => made,
    apply: () => warehouses.put(NEW_WAREHOUSE, { name: 'inference' }),
    output: () => ['inference_warehouse_id', NEW_WAREHOUSE],
  });
  provisioner.put(NOTEBOOK_CODE, { plan: () => made, apply: () => notebooks.put(NOTEBOOK, 'CREATE DATABASE x') });
  return house;
}

function appear({ workspace, clock }: House): void {
  const now = clock.now().toISOString();
  workspace.put(NEW_CLUSTER, { name: 'inference', source: 'API', startedAt: now, lastRestartedAt: now });
}

async function pollAndSettle(house: House): Promise<void> {
  await house.poll();
  await house.settle(1800);
  await house.clock.advance(300_000);
}

async function words(house: House): Promise<string> {
  const { incident } = await house.incident();
  return (await house.ports.incidents.timeline(incident.id)).map(({ text }) => text).join('\n');
}

describe('what is gone from its workspace', () => {
  it('B1: one that may not be asked for hides no other that is gone', async () => {
    const house = aHouse();
    house.workspace.vanish(CLUSTER);
    house.workspace.vanish(clusterId('0424-043008-so9kse51'));
    house.workspace.order('refused', 'cluster', 1);
    const [result] = await house.poll();
    expect(result).toMatchObject({ failures: 2, sent: 1, unreadable: expect.stringContaining('not allowed') });
  });

  it('B1, E2: a cluster is found once and recreated by the address alone, and people are told of its new id', async () => {
    const house = aHouse();
    house.workspace.vanish(CLUSTER);
    await pollAndSettle(house);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await house.incident()).incident).toMatchObject({
      subject: `cluster/databricks-dev/${CLUSTER}`,
      state: 'resolved',
      failureClass: 'DatabricksClusterMissing',
      signalCount: 1,
    });
    expect(house.provisioner.ends).toEqual(['applied']);
    expect(house.told.at(-1)?.message.text).toContain(`recreated ${CLUSTER} as ${NEW_CLUSTER}`);
  });

  it('E2, E5: a warehouse is recreated, and verified by a query under its new id', async () => {
    const house = aHouse();
    house.workspace.warehouses.vanish(WAREHOUSE);
    await pollAndSettle(house);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await house.incident()).incident).toMatchObject({
      state: 'resolved',
      failureClass: 'DatabricksWarehouseMissing',
    });
    expect(house.told.at(-1)?.message.text).toContain(`recreated ${WAREHOUSE} as ${NEW_WAREHOUSE}: RUNNING, a query`);
    expect(house.workspace.warehouses.calls).toContainEqual({ call: 'query', id: NEW_WAREHOUSE });
    expect(house.workspace.warehouses.acts(OTHER_WAREHOUSE)).toEqual([]);
  });

  it('E5: a recreated warehouse that does not answer is not recovered, and not recreated again', async () => {
    const house = aHouse();
    const { warehouses } = house.workspace;
    house.provisioner.put(WAREHOUSE_CODE, {
      plan: () => ({ ...NOTHING, additions: 1 }),
      apply: () => {
        warehouses.put(NEW_WAREHOUSE, { name: 'inference' });
        warehouses.sicken(NEW_WAREHOUSE);
      },
    });
    warehouses.vanish(WAREHOUSE);
    await pollAndSettle(house);
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(house.provisioner.ends).toEqual(['applied']);
  });

  it('E2: a warehouse of that name under another id is not made a second time: a person is asked', async () => {
    const house = aHouse();
    house.workspace.warehouses.vanish(WAREHOUSE);
    house.workspace.warehouses.put(NEW_WAREHOUSE, { name: 'inference' });
    await pollAndSettle(house);
    expect((await house.incident()).runs[0]?.state.name).toBe('paused');
    expect(house.provisioner.calls).toEqual([]);
  });

  it('E2: a notebook of which no good copy was ever seen is recreated from its code', async () => {
    const house = aHouse();
    house.workspace.notebooks.remove(NOTEBOOK);
    await pollAndSettle(house);
    const { incident, steps } = await house.incident();
    expect(incident).toMatchObject({ state: 'resolved', failureClass: 'DatabricksNotebookMissing' });
    expect(steps.map(({ id, state }) => [id, state])).toEqual([
      ['restore-notebook', 'failed'],
      ['recreate-by-terraform', 'succeeded'],
    ]);
    expect(house.told.at(-1)?.message.text).toContain(`recreated ${NOTEBOOK}: the notebook is there`);
  });

  it('E5: a recreated notebook runs, too, where the estate wants that', async () => {
    const byRun = { verifyByRun: true, runOn: CLUSTER };
    const house = aHouse({}, ({ kind }) => (kind === 'notebook' ? byRun : {}));
    house.workspace.notebooks.remove(NOTEBOOK);
    await pollAndSettle(house);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect([...house.workspace.notebookRuns.asked.values()].map(({ path }) => path)).toEqual([NOTEBOOK]);
  });

  it('E1: without an address in the estate it is a person’s at once', async () => {
    const house = aHouse({}, () => ({ terraformAddress: undefined }));
    house.workspace.vanish(CLUSTER);
    await pollAndSettle(house);
    const { incident, runs } = await house.incident();
    expect([incident.state, runs]).toEqual(['escalated', []]);
    expect(incident.opening.message).toContain('Create the cluster again');
  });

  it.each(['closed by a person', 'left open'])(
    'B1: a false alarm (%s) is taken back, and hides no later loss, which is told once',
    async (how) => {
      const house = aHouse({}, () => ({ terraformAddress: undefined }));
      house.workspace.warehouses.vanish(WAREHOUSE);
      house.workspace.vanish(CLUSTER);
      await pollAndSettle(house);
      const alarms = house.ports.incidents.ids;
      expect(alarms).toHaveLength(2);
      if (how !== 'left open')
        for (const incidentId of alarms.map(ticket))
          await resolveIncident(house.ports, order(house, { incidentId }), { reason: 'it is there' });
      await pollAndSettle(house);
      expect(house.ports.incidents.ids).toHaveLength(2);
      house.workspace.warehouses.put(WAREHOUSE, { name: 'inference' });
      house.workspace.put(CLUSTER, { name: 'inference' });
      await pollAndSettle(house);
      await pollAndSettle(house);
      for (const id of alarms) expect((await house.file(id)).incident.state).toBe('resolved');
      expect(house.ports.incidents.ids).toHaveLength(2);
      house.workspace.warehouses.vanish(WAREHOUSE);
      house.workspace.vanish(CLUSTER);
      await pollAndSettle(house);
      await pollAndSettle(house);
      expect(house.ports.incidents.ids).toHaveLength(4);
    },
  );

  it('B1, C3: one that goes in a maintenance window that a person has given, and is not back after it, is found then', async () => {
    const house = aHouse();
    await give(house, { kind: 'maintenance-window' });
    house.workspace.vanish(CLUSTER);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toEqual([]);
    await house.clock.advance(2 * HOUR * 1_000);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('B1: what only the list leaves out is not gone, and in a maintenance window nothing is', async () => {
    const always = {
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      from: '00:00',
      to: '00:00',
      timeZone: 'UTC',
    };
    const quiet = aHouse({}, () => ({ maintenanceWindows: [always] }));
    quiet.workspace.vanish(CLUSTER);
    await pollAndSettle(quiet);
    expect(quiet.ports.incidents.ids).toEqual([]);
    const house = aHouse();
    house.workspace.unlist(CLUSTER);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toEqual([]);
  });

  it('E1: where the component still stands, the last remedy is no last word: what failed before is told, and ordered anew', async () => {
    const house = aHouse();
    for (let at = 0; at < 3; at += 1)
      house.workspace.warehouses.failNextStart(WAREHOUSE, {
        code: 'INTERNAL_ERROR',
        type: 'SERVICE_FAULT',
        parameters: {},
      });
    house.workspace.warehouses.fail(WAREHOUSE, { code: 'INTERNAL_ERROR', type: 'SERVICE_FAULT', parameters: {} });
    await pollAndSettle(house);
    await house.settle(7200);
    const { incident, runs, steps } = await house.incident();
    expect(incident.state).toBe('escalated');
    expect(steps.map(({ id, state }) => [id, state])).toEqual([
      ['restart-warehouse', 'failed'],
      ['recreate-by-terraform', 'pending'],
    ]);
    expect(runs[0]).toMatchObject({ position: 1, state: { because: expect.stringContaining('it stopped again') } });
    expect(await words(house)).toContain('nothing to recreate');
    expect(house.told.at(-1)?.message.text).not.toContain('infrastructure code');
    expect(house.provisioner.calls).toEqual([]);
  });

  it('D3: a crash at any await of a recreation ends with one apply', async () => {
    for (let at = 0; at < 30; at += 2) {
      let awaits = 0;
      const house = aHouse({
        crashesAt: (operation) => /^(provisioner|warehouses)\./.test(operation) && awaits++ === at,
      });
      house.workspace.warehouses.vanish(WAREHOUSE);
      await pollAndSettle(house);
      await house.settle(3600);
      expect((await house.incident()).incident.state, `crash at await ${at}`).toBe('resolved');
      expect(house.provisioner.ends, `crash at await ${at}`).toEqual(['applied']);
    }
  });
});
