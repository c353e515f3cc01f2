// Critical notebooks: kept when they are good, missed when they are gone, brought back with their permissions, changes a person's.
import { describe, expect, it } from 'vitest';
import type { Estate } from '../../../shared/domain/estate/estate.ts';
import { retryStep } from '../../../shared/usecases/operator/retry-step.ts';
import { planRemedies } from '../../../shared/usecases/plan-remedies.ts';
import { CLUSTER, House } from '../../builders/house.ts';
import { runOrder } from '../../builders/operators.ts';
import { give, HOUR } from '../../builders/standing-orders.ts';

const PATH = '/Shared/setup/create_inference_database';
const ACCESS = [
  { principal: 'group_name', name: 'data-engineers', level: 'CAN_RUN' },
  { principal: 'user_name', name: 'ada@example.com', level: 'CAN_MANAGE' },
] as const;

/** The reference estate, with this notebook alone, repaired by itself. */
function automatic(estate: Estate): Estate {
  return changed(estate, { autonomy: 'auto' });
}

function changed(estate: Estate, more: Record<string, unknown>): Estate {
  const pairs = estate.pairs.map((pair) => ({
    ...pair,
    dr: { ...pair.dr, components: [] },
    primary: {
      ...pair.primary,
      components: pair.primary.components.map((component) =>
        component.id === PATH ? Object.assign({ ...component }, more) : component,
      ),
    },
  }));
  return { ...estate, pairs };
}

async function aHouse(options: ConstructorParameters<typeof House>[0] = {}): Promise<House> {
  const house = new House({ estate: automatic, ...options });
  house.workspace.notebooks.put(PATH, 'CREATE DATABASE inference_db -- größe', ACCESS);
  await house.poll();
  await house.settle(60);
  return house;
}

async function pollAndSettle(house: House): Promise<void> {
  await house.poll();
  await house.settle(1800);
}

describe('critical notebooks', () => {
  it('B3, E2: one that is gone is found once, restored with its permissions, verified; gone again it counts again', async () => {
    const house = await aHouse();
    expect(house.ports.incidents.ids).toEqual([]);
    house.workspace.notebooks.remove(PATH);
    await pollAndSettle(house);
    const { incident } = await house.incident();
    expect(incident).toMatchObject({
      subject: `notebook/databricks-dev/${PATH}`,
      state: 'resolved',
      failureClass: 'DatabricksNotebookMissing',
      signalCount: 1,
    });
    expect(house.workspace.notebooks.acts()).toEqual(['create', 'setAccess']);
    const status = await house.workspace.notebooks.status(PATH);
    expect(await house.workspace.notebooks.access(status?.objectId ?? '')).toEqual(ACCESS);
    expect(await house.workspace.notebooks.source(PATH)).toContain('größe');
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(1);
    house.workspace.notebooks.remove(PATH);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(2);
    expect(house.workspace.notebooks.acts()).toHaveLength(4);
  });

  it('E2: one is restored with the permissions that it had last: who has lost a right does not get it back', async () => {
    const house = await aHouse();
    const now = [{ principal: 'group_name', name: 'data-engineers', level: 'CAN_READ' }] as const;
    house.workspace.notebooks.grant(PATH, now);
    const before = house.workspace.notebooks.calls.length;
    for (let polls = 0; polls < 90; polls += 1) {
      await house.clock.advance(300_000);
      await house.poll();
    }
    const reads = house.workspace.notebooks.calls.slice(before).filter((call) => call === 'access');
    expect(reads.length).toBeLessThanOrEqual(2);
    house.workspace.notebooks.remove(PATH);
    await pollAndSettle(house);
    const status = await house.workspace.notebooks.status(PATH);
    expect(await house.workspace.notebooks.access(status?.objectId ?? '')).toEqual(now);
  });

  it('B3: a change is a person’s; what the person accepts becomes the last good one', async () => {
    const house = await aHouse();
    await house.clock.advance(60_000);
    house.workspace.notebooks.put(PATH, 'DROP DATABASE inference_db', ACCESS);
    await pollAndSettle(house);
    await pollAndSettle(house);
    const file = await house.incident();
    expect(file.incident).toMatchObject({
      state: 'escalated',
      failureClass: 'DatabricksNotebookChanged',
      signalCount: 1,
    });
    expect(house.workspace.notebooks.acts()).toEqual([]);
    await house.ports.incidents.commit({
      basis: file,
      incident: { ...file.incident, state: 'resolved' },
      events: [],
      at: house.clock.now().toISOString(),
    });
    await pollAndSettle(house);
    const key = { workspace: 'databricks-dev', kind: 'notebook', id: PATH } as const;
    expect((await house.ports.inventory.lastGood(key))?.content).toBe('DROP DATABASE inference_db');
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('B3: where the service does not tell when a notebook was changed last, its source is read once an hour', async () => {
    const house = await aHouse();
    const { notebooks } = house.workspace;
    notebooks.tellsTimes = false;
    const polls = async (count: number) => {
      for (let at = 0; at < count; at += 1) {
        await house.clock.advance(300_000);
        await pollAndSettle(house);
      }
    };
    await polls(24);
    expect(house.ports.incidents.ids).toEqual([]);
    expect(notebooks.calls.filter((call) => call === 'source').length).toBeLessThanOrEqual(8);
    const states: string[] = [];
    for (const source of ['DROP DATABASE a', 'CREATE DATABASE inference_db -- größe', 'DROP DATABASE a']) {
      notebooks.edit(PATH, source);
      await polls(12);
      states.push((await house.file(house.ports.incidents.ids.at(-1) ?? '')).incident.state);
    }
    expect(states).toEqual(['escalated', 'resolved', 'escalated']);
    expect(house.ports.incidents.ids).toHaveLength(2);
  });

  it('B3: a good copy that is lost is kept again with the next look at the source', async () => {
    const house = await aHouse();
    const key = { workspace: 'databricks-dev', kind: 'notebook', id: PATH } as const;
    house.ports.inventory.loseContent(key);
    await house.clock.advance(60_000);
    house.workspace.notebooks.edit(PATH, 'CREATE DATABASE inference_db -- größe');
    await pollAndSettle(house);
    expect((await house.ports.inventory.lastGood(key))?.content).toContain('größe');
    expect(house.ports.incidents.ids).toEqual([]);
  });

  it('B3, C3: what was changed in a maintenance window is what is restored after it', async () => {
    const house = await aHouse();
    await give(house, { kind: 'maintenance-window' });
    await house.clock.advance(60_000);
    house.workspace.notebooks.put(PATH, 'CREATE DATABASE new_db', ACCESS);
    await pollAndSettle(house);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toEqual([]);
    await house.clock.advance(2 * HOUR * 1_000);
    house.workspace.notebooks.remove(PATH);
    await pollAndSettle(house);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(await house.workspace.notebooks.source(PATH)).toBe('CREATE DATABASE new_db');
  });

  it('B3, C3: one that goes in a maintenance window and is not back after it is found then', async () => {
    const house = await aHouse();
    await give(house, { kind: 'maintenance-window' });
    house.workspace.notebooks.remove(PATH);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toEqual([]);
    await house.clock.advance(2 * HOUR * 1_000);
    await pollAndSettle(house);
    expect((await house.incident()).incident).toMatchObject({ failureClass: 'DatabricksNotebookMissing' });
    expect(await house.workspace.notebooks.source(PATH)).toContain('größe');
  });

  it('B3: a change that is taken back resolves its incident', async () => {
    const house = await aHouse();
    await house.clock.advance(60_000);
    house.workspace.notebooks.put(PATH, 'something else', ACCESS);
    await pollAndSettle(house);
    await house.clock.advance(60_000);
    house.workspace.notebooks.put(PATH, 'CREATE DATABASE inference_db -- größe', ACCESS);
    await pollAndSettle(house);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('B3: the same change made again after it was taken back is another one, which nobody has accepted', async () => {
    const house = await aHouse();
    for (const source of ['something else', 'CREATE DATABASE inference_db -- größe', 'something else']) {
      await house.clock.advance(60_000);
      house.workspace.notebooks.put(PATH, source, ACCESS);
      await pollAndSettle(house);
      await pollAndSettle(house);
    }
    expect(house.ports.incidents.ids).toHaveLength(2);
    expect((await house.file(house.ports.incidents.ids[1])).incident.state).toBe('escalated');
    const key = { workspace: 'databricks-dev', kind: 'notebook', id: PATH } as const;
    expect((await house.ports.inventory.lastGood(key))?.content).toContain('CREATE');
  });

  it('B3: one in a critical folder counts, one that was never seen is a person’s', async () => {
    const house = await aHouse();
    house.workspace.notebooks.put('/Shared/monitoring/daily', 'SELECT 1');
    house.workspace.notebooks.put('/Shared/scratch/of-ada', 'SELECT 2');
    await pollAndSettle(house);
    house.workspace.notebooks.remove('/Shared/monitoring/daily');
    house.workspace.notebooks.remove('/Shared/scratch/of-ada');
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(1);
    const never = new House({ estate: automatic });
    never.workspace.notebooks.remove(PATH);
    await pollAndSettle(never);
    await pollAndSettle(never);
    expect(never.ports.incidents.ids).toHaveLength(1);
    expect((await never.incident()).incident.state).toBe('escalated');
  });

  it('B3: one that may not be read hides no other, and that it could not be read is said', async () => {
    const house = await aHouse();
    for (const name of ['a', 'b']) house.workspace.notebooks.put(`/Shared/setup/${name}`, 'SELECT 1');
    house.workspace.notebooks.forbid('/Shared/setup/a');
    house.workspace.notebooks.remove(PATH);
    const [result] = await house.poll();
    expect(result).toMatchObject({ sent: 1, unreadable: expect.stringContaining('/Shared/setup/a') });
    await house.settle(1800);
    expect((await house.incident()).incident.subject).toContain(PATH);
    const key = { workspace: 'databricks-dev', kind: 'notebook', id: '/Shared/setup/b' } as const;
    expect((await house.ports.inventory.lastGood(key))?.content).toBe('SELECT 1');
  });

  it('B3: of a folder that may not be listed nothing is called missing, and the other folders are looked at', async () => {
    const house = await aHouse();
    house.workspace.notebooks.put('/Shared/monitoring/daily', 'SELECT 1');
    await house.poll();
    for (const path of [PATH, '/Shared/monitoring/daily']) house.workspace.notebooks.remove(path);
    house.workspace.notebooks.forbid('/Shared/setup');
    const [result] = await house.poll();
    expect(result).toMatchObject({ sent: 1, unreadable: expect.stringContaining('/Shared/setup') });
    await house.settle(1800);
    expect((await house.incident()).incident.subject).toContain('/Shared/monitoring/daily');
  });

  describe('that may be run as a proof', () => {
    const byRun = { autonomy: 'auto', verifyByRun: true, runOn: CLUSTER };
    const runs = (house: House) => [...house.workspace.notebookRuns.asked.values()];

    async function isRestored(prepare: (house: House) => void = () => undefined): Promise<House> {
      const house = await aHouse({ estate: (estate) => changed(estate, byRun) });
      house.workspace.notebooks.remove(PATH);
      prepare(house);
      await pollAndSettle(house);
      return house;
    }

    it('E5: the restored notebook runs once on the cluster that the estate names, then it is resolved', async () => {
      const house = await isRestored();
      expect(runs(house)).toEqual([expect.objectContaining({ clusterId: CLUSTER, path: PATH })]);
      const { incident, runs: acted } = await house.incident();
      expect(incident.state).toBe('resolved');
      expect(acted[0]?.state.name).toBe('succeeded');
      expect((await house.ports.incidents.timeline(incident.id)).map(({ text }) => text).join()).toContain(
        'and it ran',
      );
    });

    it('E5: one whose run fails is a person’s, and is not run again', async () => {
      const house = await isRestored(({ workspace }) => {
        workspace.notebookRuns.failures = ['TERMINATED FAILED no such schema'];
      });
      const { incident, runs: acted } = await house.incident();
      expect(incident.state).toBe('escalated');
      expect(acted[0]?.state).toMatchObject({ because: expect.stringContaining('no such schema') });
      expect(runs(house)).toHaveLength(1);
      await retryStep(house.ports, await runOrder(house), { reason: 'the schema is there now' });
      await house.settle(1800);
      expect((await house.incident()).incident.state).toBe('resolved');
      expect(runs(house)).toHaveLength(2);
    });

    it('E5: a proof starts no cluster: it is waited for, and then a person is called', async () => {
      const house = await isRestored(({ workspace }) => {
        workspace.crash(CLUSTER, { code: 'INACTIVITY', type: 'SUCCESS', parameters: {} });
      });
      const { incident, runs: acted } = await house.incident();
      expect(incident.state).toBe('escalated');
      expect(acted[0]?.state).toMatchObject({
        because: expect.stringContaining('on which it is to run, is TERMINATED'),
      });
      expect([runs(house), house.workspace.acts(CLUSTER)]).toEqual([[], []]);
    });

    it('E5: without the estate’s word a restored notebook is not run', async () => {
      const house = await aHouse();
      house.workspace.notebooks.remove(PATH);
      await pollAndSettle(house);
      expect((await house.incident()).incident.state).toBe('resolved');
      expect(runs(house)).toEqual([]);
    });

    it('D3: a crash at any await of the proof ends with one run', async () => {
      for (let at = 0; at < 4; at += 1) {
        let calls = 0;
        const house = await aHouse({
          estate: (estate) => changed(estate, byRun),
          crashesAt: (operation) => operation.startsWith('workspace.notebookRuns') && calls++ === at,
        });
        house.workspace.notebooks.remove(PATH);
        await pollAndSettle(house);
        expect((await house.incident()).incident.state, `crash at ${at}`).toBe('resolved');
        expect(runs(house)).toHaveLength(1);
      }
    });
  });

  it('D3: lost answers and a crash at any await end with one notebook and its permissions', async () => {
    for (let at = 0; at < 140; at += 2) {
      let awaits = 0;
      const house = await aHouse({
        crashesAt: () => {
          awaits += 1;
          return awaits === at;
        },
      });
      house.workspace.notebooks.loseAnswers(at % 3);
      house.workspace.notebooks.remove(PATH);
      await pollAndSettle(house);
      await pollAndSettle(house);
      expect((await house.incident()).incident.state, `crash at await ${at}`).toBe('resolved');
      const status = await house.workspace.notebooks.status(PATH);
      expect(await house.workspace.notebooks.access(status?.objectId ?? ''), `crash at await ${at}`).toEqual(ACCESS);
    }
  });

  it('E7: the dry run tells what would be restored, and restores nothing', async () => {
    const house = await aHouse();
    house.workspace.notebooks.remove(PATH);
    const question = { kind: 'notebook', id: PATH, workspace: 'databricks-dev', event: 'notebook.missing' } as const;
    const plan = await planRemedies(house.ports, question);
    expect(plan.remedies).toMatchObject([
      { remedy: 'restore-notebook', would: expect.stringContaining('with 2 permission(s)') },
      { remedy: 'recreate-by-terraform', would: expect.stringContaining('databricks_notebook') },
    ]);
    expect(house.workspace.notebooks.acts()).toEqual([]);
  });
});
