// The dry run of the next step of a run that waits for a person: from the world as it is now, bounded in time, without any act.
import { expect, it } from 'vitest';
import { Unavailable } from '../../../shared/domain/errors.ts';
import { freshPlan } from '../../../shared/usecases/run/fresh-plan.ts';
import { House, UNLISTED } from '../../builders/house.ts';

async function asked(): Promise<House> {
  const house = new House();
  house.workspace.put(UNLISTED);
  await house.dies(UNLISTED);
  await house.settle(60);
  return house;
}

async function look(house: House) {
  const file = await house.incident();
  const [run] = file.runs;
  if (!run) throw new Error('no run');
  expect(run.state.name).toBe('waiting-approval');
  return await freshPlan(house.ports, file, run);
}

it('E7: tells what the first step would do now, and does none of it', async () => {
  const house = await asked();
  expect(await look(house)).toMatchObject({
    read: true,
    title: 'Restart the cluster',
    now: 'the cluster is TERMINATED',
    would: expect.stringContaining(`start cluster ${UNLISTED}`),
  });
  expect(house.workspace.acts(UNLISTED)).toEqual([]);
  expect(house.clock.sleeping).toBe(0);
});

it('E7: what has recovered since needs nothing, and that is what is told', async () => {
  const house = await asked();
  house.workspace.put(UNLISTED);
  const plan = await look(house);
  expect(plan).toMatchObject({ read: true, now: expect.stringContaining('RUNNING') });
  expect(plan).not.toHaveProperty('would');
});

it('E7: a workspace that refuses, or is silent, is said to be that; the page does not wait for it', async () => {
  const house = await asked();
  house.workspace.order('unavailable', 'cluster', 1);
  expect(await look(house)).toMatchObject({ read: false, because: expect.stringContaining('cluster') });
  let wake: (error: Error) => void = () => undefined;
  house.workspace.cluster = () =>
    new Promise((_resolve, reject) => {
      wake = reject;
    });
  const looking = look(house);
  await house.clock.advance(8_000);
  expect(await looking).toEqual({ read: false, because: 'nothing was heard within 8 s' });
  wake(new Unavailable('workspace-unavailable', 'far too late'));
  expect(house.clock.sleeping).toBe(0);
});
