// Warehouses, from what the poll finds to the verified recovery, over the whole house in memory.
import { describe, expect, it } from 'vitest';
import type { Estate } from '../../../shared/domain/estate/estate.ts';
import { isWarehouseId, type WarehouseId } from '../../../shared/domain/ids.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { planRemedies } from '../../../shared/usecases/plan-remedies.ts';
import { House } from '../../builders/house.ts';
import { runOrder } from '../../builders/operators.ts';

const ID = warehouseId('f24fd0345a24b381');
const stockOut = { code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT', type: 'CLOUD_FAILURE', parameters: {} };
const internal = { code: 'INTERNAL_ERROR', type: 'SERVICE_FAULT', parameters: {} };

function warehouseId(text: string): WarehouseId {
  if (!isWarehouseId(text)) throw new Error(text);
  return text;
}

/** The reference estate, whose inference warehouse is repaired by itself. */
function automatic(more: Record<string, unknown> = {}): (estate: Estate) => Estate {
  return (estate) => {
    const pairs = estate.pairs.map((pair) => ({
      ...pair,
      primary: {
        ...pair.primary,
        components: pair.primary.components.map((component) =>
          component.id === ID ? Object.assign({ ...component }, { autonomy: 'auto' }, more) : component,
        ),
      },
    }));
    return { ...estate, pairs };
  };
}

async function aHouse(options: ConstructorParameters<typeof House>[0] = {}, more: Record<string, unknown> = {}) {
  const house = new House({ ...options, estate: automatic(more) });
  house.workspace.warehouses.put(ID, { name: 'inference' });
  await house.poll();
  return house;
}

describe('warehouses', () => {
  it('B1: one that nobody lists and that had failed at the first look is no news until it was well, and then it is', async () => {
    const house = new House();
    const { warehouses } = house.workspace;
    const other = warehouseId('aaaaaaaaaaaaaaaa');
    warehouses.put(other, { name: 'of somebody' });
    warehouses.fail(other, internal);
    for (let polls = 0; polls < 3; polls += 1) expect((await house.poll())[0]).toMatchObject({ failures: 1, sent: 0 });
    expect(house.ports.signals.outcomes).toMatchObject([
      { ended: 'recorded', decisions: [{ because: 'failed-before-first-contact' }] },
    ]);
    warehouses.put(other, { name: 'of somebody' });
    await house.poll();
    warehouses.fail(other, internal);
    expect((await house.poll())[0]).toMatchObject({ failures: 1, sent: 1 });
    await house.settle(60);
    expect((await house.poll())[0]).toMatchObject({ failures: 1, sent: 0 });
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('B1: one that failed is found by the poll, started once, verified and resolved; a second failure counts again', async () => {
    const house = await aHouse();
    house.workspace.warehouses.fail(ID, internal);
    await house.poll();
    await house.poll();
    await house.settle(3600);
    const { incident } = await house.incident();
    expect(incident).toMatchObject({
      subject: `warehouse/databricks-dev/${ID}`,
      state: 'resolved',
      failureClass: 'DatabricksPlatformFault',
      signalCount: 1,
    });
    expect(house.workspace.warehouses.acts(ID)).toEqual(['start']);
    await house.poll();
    expect(house.ports.incidents.ids).toHaveLength(1);
    house.workspace.warehouses.fail(ID, internal);
    await house.poll();
    await house.settle(3600);
    expect(house.ports.incidents.ids).toHaveLength(2);
    expect(house.workspace.warehouses.acts(ID)).toEqual(['start', 'start']);
  });

  it('E2: one that runs but does not serve is stopped, then started', async () => {
    const house = await aHouse();
    house.workspace.warehouses.sicken(ID);
    await house.poll();
    await house.settle(3600);
    expect(house.workspace.warehouses.acts(ID)).toEqual(['stop', 'start']);
    expect((await house.incident()).incident).toMatchObject({
      state: 'resolved',
      failureClass: 'DatabricksWarehouseFailed',
    });
  });

  it('C3: being stopped is normal, but not for one that has to run always', async () => {
    const ordinary = await aHouse();
    await ordinary.workspace.warehouses.stop(ID, async () => undefined);
    await ordinary.clock.advance(60_000);
    await ordinary.poll();
    expect(ordinary.ports.incidents.ids).toEqual([]);
    const always = await aHouse({}, { alwaysOn: true });
    await always.workspace.warehouses.stop(ID, async () => undefined);
    await always.clock.advance(60_000);
    await always.poll();
    await always.settle(3600);
    expect((await always.incident()).incident).toMatchObject({
      state: 'resolved',
      failureClass: 'DatabricksWarehouseStopped',
    });
  });

  it('E2: without machines it is made smaller by one size, once, also when the answer was lost', async () => {
    const house = await aHouse();
    house.workspace.warehouses.fail(ID, stockOut);
    house.workspace.warehouses.order('lost-answer');
    await house.poll();
    await house.settle(3600);
    expect(house.workspace.warehouses.acts(ID)).toEqual(['resize', 'start']);
    expect(await house.workspace.warehouses.get(ID)).toMatchObject({ state: 'RUNNING', size: 'X-Small' });
    expect((await house.incident()).incident).toMatchObject({
      state: 'resolved',
      opening: { actionsTaken: ['resize_warehouse', 'recreate_by_terraform'] },
    });
  });

  it('E2: a change that was not sent is made after all, once, and what stood there before is on record', async () => {
    for (const moment of ['before', 'after'] as const) {
      let deaths = 0;
      const house = await aHouse({
        crashesAt: (operation, when) => operation === 'warehouses.resize' && when === moment && deaths++ === 0,
      });
      house.workspace.warehouses.fail(ID, stockOut);
      await house.poll();
      await house.settle(3600);
      expect(deaths, moment).toBeGreaterThan(0);
      expect(house.workspace.warehouses.acts(ID), moment).toEqual(['resize', 'start']);
      const { incident, attempts } = await house.incident();
      expect(incident.state, moment).toBe('resolved');
      const change = { set: { cluster_size: 'X-Small' }, former: { cluster_size: 'Small' } };
      const outcomes = { before: ['did-not-happen', 'acted'], after: ['acted'] };
      const changes = attempts.filter((attempt) => attempt.change);
      expect(
        changes.map(({ outcome }) => outcome),
        moment,
      ).toEqual(outcomes[moment]);
      expect(changes.at(-1)?.change, moment).toEqual(change);
    }
  });

  describe('that was made smaller, in a run that a person ends', () => {
    async function ended(startFails: boolean): Promise<House> {
      const house = await aHouse();
      house.workspace.warehouses.fail(ID, stockOut);
      if (startFails) house.workspace.warehouses.failNextStart(ID, stockOut);
      await house.poll();
      await house.settle(5);
      expect(house.workspace.warehouses.acts(ID)).toEqual(['resize', 'start']);
      if (startFails) await house.clock.advance(60_000);
      await abortRun(house.ports, runOrder(house), { reason: 'enough of it' });
      await house.settle(1200);
      expect((await house.incident()).runs[0]?.state.name).toBe('aborted');
      return house;
    }

    it('G7: gets its size back while it is stopped', async () => {
      const house = await ended(true);
      expect(await house.workspace.warehouses.get(ID)).toMatchObject({ state: 'STOPPED', size: 'Small' });
    });

    it('G7: keeps it once it runs, and a person is told', async () => {
      const house = await ended(false);
      expect(await house.workspace.warehouses.get(ID)).toMatchObject({ state: 'RUNNING', size: 'X-Small' });
      expect(house.told.at(-1)?.message.text).toContain('making it Small again would disturb');
    });
  });

  it('E5: a table that cannot be read is not recovered: a person is called', async () => {
    const house = await aHouse({}, { testTable: 'inference_db.model_predictions' });
    house.workspace.warehouses.hide(ID, 'model_predictions');
    house.workspace.warehouses.fail(ID, internal);
    await house.poll();
    await house.settle(7200);
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(house.told.at(-1)?.message.text).toContain('model_predictions cannot be read');
    expect(house.workspace.warehouses.acts(ID)).toEqual(['start']);
  });

  it('E5: a start that fails is tried again, then a person is called', async () => {
    const house = await aHouse();
    house.workspace.warehouses.fail(ID, internal);
    for (let start = 0; start < 5; start += 1) house.workspace.warehouses.failNextStart(ID, internal);
    await house.poll();
    await house.settle(7200);
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(house.workspace.warehouses.acts(ID).length).toBeLessThanOrEqual(3);
  });

  it('D3: a start whose end nobody saw is not denied when the warehouse is well again', async () => {
    let deaths = 0;
    const house = await aHouse({
      crashesAt: (operation, when) => operation === 'warehouses.start' && when === 'after' && deaths++ === 0,
    });
    house.workspace.warehouses.fail(ID, internal);
    await house.poll();
    // Its delivery comes back when it has started already.
    await house.settle(1);
    await house.clock.advance(600_000);
    await house.settle(3600);
    const { incident } = await house.incident();
    const timeline = await house.ports.incidents.timeline(incident.id);
    expect(house.workspace.warehouses.acts(ID)).toEqual(['start']);
    expect(timeline.find(({ type }) => type === 'incident-resolved')?.text).not.toContain('without an act of ours');
  });

  it('D3: a crash at any await ends like a recovery without one: one incident, one start', async () => {
    for (let at = 0; at < 120; at += 1) {
      let awaits = 0;
      const house = await aHouse({
        crashesAt: () => {
          awaits += 1;
          return awaits === at;
        },
      });
      house.workspace.warehouses.fail(ID, internal);
      await house.poll();
      await house.settle(3600);
      expect(house.ports.incidents.ids, `crash at await ${at}`).toHaveLength(1);
      expect((await house.incident()).incident.state, `crash at await ${at}`).toBe('resolved');
      expect(house.workspace.warehouses.acts(ID).length, `crash at await ${at}`).toBeLessThanOrEqual(2);
    }
  });

  it('E7: the dry run tells and does nothing', async () => {
    const house = await aHouse();
    house.workspace.warehouses.fail(ID, stockOut);
    const question = { kind: 'warehouse', id: ID, workspace: 'databricks-dev', code: stockOut.code } as const;
    const plan = await planRemedies(house.ports, question);
    expect(plan.remedies).toMatchObject([
      { remedy: 'resize-warehouse', would: expect.stringContaining('from Small to X-Small') },
      { remedy: 'recreate-by-terraform', now: expect.stringContaining('nothing to recreate'), would: null },
    ]);
    expect(house.workspace.warehouses.acts(ID)).toEqual([]);
  });

  it('B1: polls of one workspace never overlap', async () => {
    const house = await aHouse();
    const [one, other] = await Promise.all([house.poll(), house.poll()]);
    expect([...one, ...other].filter(({ skipped }) => skipped)).toHaveLength(2);
    expect((await house.poll()).some(({ skipped }) => skipped)).toBe(false);
  });
});
