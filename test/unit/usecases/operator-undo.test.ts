// Aborting a run whose steps can be undone. A restart cannot: for these tests it gets an undo.
import { afterEach, describe, expect, it } from 'vitest';
import { Unavailable } from '../../../shared/domain/errors.ts';
import { remedies } from '../../../shared/steps/remedies/index.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import { refusalOf } from '../../builders/failures.ts';
import { CLUSTER, House } from '../../builders/house.ts';
import { order, runOrder, withSecondStep } from '../../builders/operators.ts';

const reason = 'because we say so';

/** The workspace is away for one look: nothing has been done yet. */
async function beforeActing(): Promise<House> {
  const house = new House();
  await house.dies();
  house.workspace.order('unavailable', 'any', 1);
  await house.settle(5);
  expect(house.workspace.acts(CLUSTER)).toEqual([]);
  return house;
}

/** Started once, and being verified. */
async function verifying(): Promise<House> {
  const house = new House();
  await house.dies();
  await house.settle(20);
  expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  return house;
}

async function runOf(house: House) {
  const [run] = (await house.incident()).runs;
  if (!run) throw new Error('no run');
  return run;
}

describe('an aborted run undoes what its steps can undo', () => {
  const restart = remedies['restart-cluster'];
  afterEach(() => {
    Reflect.deleteProperty(restart, 'undo');
  });

  /** A restart cannot be undone: for a while it can. */
  function undoable(undo: (position: number) => Promise<void>) {
    const undone: number[] = [];
    Object.assign(restart, {
      undo: async ({ params }: { params: { maxAttempts: number } }) => {
        await undo(params.maxAttempts);
        undone.push(params.maxAttempts);
      },
    });
    return undone;
  }

  it('G7: in reverse order, only what was set going, and each once', async () => {
    const house = await verifying();
    await withSecondStep(house, { acted: true });
    const undone = undoable(async () => undefined);
    const { records } = await abortRun(house.ports, runOrder(house), { reason });
    expect(records.runs[0]?.state.name).toBe('aborting');
    await house.settle(300);
    const { incident, runs, steps } = await house.incident();
    expect(undone).toEqual([9, 2]);
    expect(runs[0]?.state).toMatchObject({ name: 'aborted', because: `Aborted by ana: ${reason}` });
    expect(steps.map(({ state }) => state)).toEqual(['undone', 'undone']);
    expect(incident).not.toHaveProperty('activeRun');
    expect(incident).not.toHaveProperty('nextDueAt');
    expect((await house.types()).filter((type) => type === 'undone')).toHaveLength(2);
  });

  it('G7: nothing to undo where nothing was set going', async () => {
    const house = await beforeActing();
    const undone = undoable(async () => undefined);
    const { records } = await abortRun(house.ports, runOrder(house), { reason });
    expect(records.runs[0]?.state.name).toBe('aborted');
    await house.settle(300);
    expect(undone).toEqual([]);
  });

  it('K6: nothing while the stop switch is on, however long; released, it is undone', async () => {
    const house = await verifying();
    const undone = undoable(async () => undefined);
    await house.ports.gate.setStop({ by: 'ops', reason: 'look first', since: house.clock.now().toISOString() });
    await abortRun(house.ports, runOrder(house), { reason });
    await house.settle(2 * 3600);
    expect(undone).toEqual([]);
    expect((await runOf(house)).state.name).toBe('aborting');
    expect((await house.types()).filter((type) => type === 'held')).toHaveLength(1);
    await house.ports.gate.setStop(undefined);
    await house.settle(300);
    expect([undone, (await runOf(house)).state.name]).toEqual([[2], 'aborted']);
  });

  it('G7: through an outage, and while it lasts nothing else can be ordered', async () => {
    const house = await verifying();
    let away = 3;
    const undone = undoable(async () => {
      away -= 1;
      if (away >= 0) throw new Unavailable('workspace-unavailable', 'away');
    });
    await abortRun(house.ports, runOrder(house), { reason });
    await house.settle(10);
    expect((await refusalOf(resolveIncident(house.ports, order(house), { reason }))).message).toContain(
      'is being undone',
    );
    await house.settle(900);
    expect([undone, (await runOf(house)).state.name]).toEqual([[2], 'aborted']);
  });

  it('G7: what cannot be undone in time is left to a person, who is told what', async () => {
    const house = await verifying();
    undoable(async () => {
      throw new Unavailable('workspace-unavailable', 'away');
    });
    await abortRun(house.ports, runOrder(house), { reason });
    await house.settle();
    expect((await runOf(house)).state.name).toBe('aborted');
    expect(house.told.at(-1)?.message.text).toContain('Could not undo restart-cluster');
    expect((await house.incident()).outbox).toEqual([]);
  });
});
