// Many clusters of one region die within a minute: remedies at the budget's pace, the remainder shown, the region told.
import { describe, expect, it } from 'vitest';
import type { ClusterId, TicketId } from '../../../shared/domain/ids.ts';
import { showBudgets } from '../../../shared/usecases/show-budgets.ts';
import { CLUSTER, House, type HouseOptions, UNLISTED } from '../../builders/house.ts';

const MANY = 40;
const ACTS = 5;
const MINUTE_MS = 60_000;

function aHouse(options: HouseOptions = {}): { house: House; ids: ClusterId[] } {
  const house = new House({
    actsPerMinute: ACTS,
    estate: (estate) => ({ ...estate, autonomy: { ...estate.autonomy, unlisted: 'auto' } }),
    ...options,
  });
  const ids = Array.from({ length: MANY }, (_, n) => `many-${n}` as ClusterId);
  for (const id of ids) house.workspace.put(id);
  return { house, ids };
}

async function shown(house: House) {
  const [primary] = await showBudgets(house.ports);
  return primary;
}

function actsOf(house: House): number[] {
  return house.workspace.calls.filter(({ call }) => call === 'startCluster').map(({ at }) => Date.parse(at));
}

describe('a mass failure in the house', () => {
  it('A7, E10: acts keep to the budget in every minute; who waits, and until when, is shown and comes true', async () => {
    const { house, ids } = aHouse();
    for (const id of ids) await house.dies(id);
    await house.settle(10);
    const first = await shown(house);
    expect(first).toMatchObject({ workspace: 'databricks-dev', waiting: MANY - ACTS, moreWaiting: false });
    await house.settle(120);
    expect((await shown(house))?.waiting).toBeLessThan(MANY - ACTS);
    expect((await shown(house))?.lastTurnAt, 'the forecast holds').toBe(first?.lastTurnAt);
    await house.settle(2 * 3600);

    const acts = actsOf(house);
    expect(acts).toHaveLength(MANY);
    expect(acts.toSorted((a, b) => a - b).at(-1)).toBeLessThanOrEqual(Date.parse(first?.lastTurnAt ?? '') + 5_000);
    const minutes = Object.values(Object.groupBy(acts, (at) => String(Math.floor(at / MINUTE_MS))));
    expect(Math.max(...minutes.map((group) => group?.length ?? 0))).toBe(ACTS);
    expect(await shown(house)).toMatchObject({ waiting: 0, lastTurnAt: null });
  });

  it('E10: a run that waits costs no call and asks twice, however many wait', async () => {
    let asks = 0;
    const { house, ids } = aHouse({
      interrupt: async (operation, moment) => {
        if (operation === 'budget.serve' && moment === 'before') asks += 1;
      },
    });
    for (const id of ids) await house.dies(id);
    await house.settle(10);
    // Nobody lists them, so each opening asks whose it is; beside that, those that may act look, look for hands, and act.
    expect(house.workspace.calls.length).toBeLessThanOrEqual(MANY + 3 * ACTS);
    await house.settle(2 * 3600);
    for (const id of house.ports.incidents.ids) {
      const types = await house.types(id);
      expect(types.filter((type) => type === 'held').length, id).toBeLessThanOrEqual(1);
      const { runs } = await house.file(id);
      expect(runs[0]?.state.name, id).toBe('succeeded');
    }
    expect(asks).toBe(2 * MANY - ACTS);
  });

  it('E10: what waits is shown as before once a projection that was lost is rebuilt', async () => {
    const { house, ids } = aHouse();
    for (const id of ids) await house.dies(id);
    await house.settle(10);
    const before = await shown(house);
    const held: TicketId[] = [];
    for (const id of house.ports.incidents.ids)
      if ((await house.file(id)).runs[0]?.state.name === 'held') held.push((await house.file(id)).incident.id);
    expect(held).toHaveLength(before?.waiting ?? 0);
    for (const id of held) house.ports.index.lose(id);
    expect((await shown(house))?.waiting).toBe(0);
    for await (const incident of house.ports.incidents.all()) await house.ports.index.refresh(incident);
    expect(await shown(house)).toEqual(before);
  });

  it('A7, C5: each opening tells the subject of its region, once; a benign end and a code that does not speak of the region do not', async () => {
    const house = new House();
    house.workspace.put(UNLISTED);
    await house.dies(CLUSTER, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.dies(UNLISTED, 'INVALID_ARGUMENT');
    await house.settle(60);
    await house.dies(UNLISTED, 'JOB_FINISHED');
    await house.settle(600);
    const told = house.ports.signals.outcomes.filter(({ subject }) => subject.startsWith('region/'));
    const { incident } = await house.incident();
    expect(told).toMatchObject([{ subject: 'region/eastus', ended: 'recorded', ticketId: null }]);
    expect(told[0]?.decisions).toMatchObject([
      {
        stage: 'region',
        because: 'evidence-for-region',
        evidence: { region: 'eastus', weight: 2, incidentId: incident.id, code: 'CLOUD_PROVIDER_SHUTDOWN' },
      },
    ]);
    expect(await house.types(incident.id)).toContain('region-told');
    expect(await house.types(house.ports.incidents.ids[1])).not.toContain('region-told');
  });

  it('A7, D3: whatever await a process dies at, an incident tells its region once', async () => {
    for (let fatal = 1; fatal <= 60; fatal += 1) {
      let passed = 0;
      const house = new House({
        crashesAt: () => {
          passed += 1;
          return passed === fatal;
        },
      });
      await house.dies();
      await house.settle(1200);
      const told = house.ports.signals.outcomes.filter(({ subject }) => subject === 'region/eastus');
      expect(told, `dead at await ${fatal}`).toHaveLength(house.ports.incidents.ids.length);
      expect((await house.incident()).incident.state).toBe('resolved');
    }
  });

  it('E10, D3: whatever await a process dies at, all that wait come to act, within the budget', async () => {
    for (let every = 7; every <= 47; every += 10) {
      let passed = 0;
      const { house, ids } = aHouse({
        actsPerMinute: 2,
        crashesAt: () => {
          passed += 1;
          return passed % every === 0 && passed < 600;
        },
      });
      for (const id of ids.slice(0, 8)) await house.dies(id);
      await house.settle(6 * 3600);
      const minutes = Object.values(Object.groupBy(actsOf(house), (at) => String(Math.floor(at / MINUTE_MS))));
      expect(Math.max(...minutes.map((group) => group?.length ?? 0)), `every ${every}`).toBeLessThanOrEqual(2);
      for (const id of house.ports.incidents.ids)
        expect((await house.file(id)).incident.state, `${id}, every ${every}`).toBe('resolved');
      expect((await shown(house))?.waiting, `every ${every}`).toBe(0);
    }
  });
});
